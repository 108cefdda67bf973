//! A section of the settings as a type, and what can be said of it without knowing the type.

use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    SettingKey, Settings, SettingsError, SettingsErrors, Source,
    secret::{self, HIDDEN},
    values::{ConfiguredValue, configured_values},
    variable,
};
use boxoffice_text::{ReadError, Reason, Text};

/// A section: a structure whose fields are settings. Their doc comments and their defaults are what an operator is told.
pub trait Section: Default + Serialize + DeserializeOwned + Validate<Context = ()> + ToSchema {
    /// Its name, one word: what variables have after `BOXOFFICE_`, and a table of the file is called.
    const NAME: &'static str;
}

/// A section that somebody reads.
#[derive(Clone, Copy)]
pub struct SectionSpec {
    /// Its name.
    pub name: &'static str,
    errors: fn(&Settings) -> Vec<SettingsError>,
    list: fn(&Settings) -> Vec<Setting>,
}

/// A setting, and what it is.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where it stands.
    pub key: SettingKey,
    /// What it means: Markdown.
    pub about: String,
    /// What it is; null when it is not set. Three asterisks stand for a secret.
    pub value: Value,
    /// What it would be, if nobody said otherwise.
    pub default: Value,
    /// Who says what it is.
    pub source: Source,
}

impl SectionSpec {
    /// The section `T`.
    pub const fn of<T: Section>() -> Self {
        Self { name: T::NAME, errors: errors::<T>, list: list::<T> }
    }

    /// Everything in it that does not fit.
    pub fn errors(&self, settings: &Settings) -> Vec<SettingsError> {
        (self.errors)(settings)
    }

    /// Its settings in the order of its fields. One that does not fit is shown as its default.
    pub fn list(&self, settings: &Settings) -> Vec<Setting> {
        (self.list)(settings)
    }
}

/// Reads `T`, or says everything that is wrong with it.
pub(super) fn read<T: Section>(settings: &Settings) -> Result<T, SettingsErrors> {
    let (configured, mut errors) = configured_values(settings, T::NAME, fields::<T>());
    // One at a time, so that each that does not fit is named.
    let (fit, unfit): (Vec<_>, Vec<_>) = configured.iter().partition(|value| read_alone::<T>(value).is_ok());
    errors.extend(unfit.into_iter().filter_map(|value| Some(refused(T::NAME, value, read_alone::<T>(value).err()?))));
    let section = boxoffice_text::read::<T, _>(fit.iter().map(|value| (value.name.into(), value.text.clone())));
    match section {
        Ok(section) => {
            if let Err(report) = section.validate() {
                let broken = report.iter().map(|(path, error)| broken(T::NAME, &path.to_string(), error, &fit));
                errors.extend(broken);
            }
            SettingsErrors::check(errors).map(|()| section)
        }
        Err(ReadError { name, .. }) => {
            errors.push(SettingsError::Missing { setting: variable(T::NAME, &name) });
            Err(SettingsErrors(errors))
        }
    }
}

fn errors<T: Section>(settings: &Settings) -> Vec<SettingsError> {
    read::<T>(settings).err().map(|errors| errors.0).unwrap_or_default()
}

fn list<T: Section>(settings: &Settings) -> Vec<Setting> {
    let as_json = |section: &T| serde_json::to_value(section).expect("settings are texts, numbers, truths and lists");
    let default = as_json(&T::default());
    let value = read::<T>(settings).map_or_else(|_| default.clone(), |section| as_json(&section));
    let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    let (configured, _) = configured_values(settings, T::NAME, fields::<T>());
    let masked = |name: &str, value: &Value| match value {
        Value::String(text) if !text.is_empty() && secret::is_sensitive(name, text) => HIDDEN.into(),
        other => other.clone(),
    };
    let setting = |name: &&str| Setting {
        key: SettingKey { section: T::NAME.to_owned(), name: (*name).to_owned() },
        about: schema["properties"][*name]["description"].as_str().unwrap_or_default().to_owned(),
        value: masked(name, &value[*name]),
        default: masked(name, &default[*name]),
        source: configured
            .iter()
            .find(|entry| entry.name == *name)
            .map_or(Source::Default, |entry| entry.source.clone()),
    };
    fields::<T>().iter().map(setting).collect()
}

/// The fields of `T` in their order: it is asked for one that it does not have.
fn fields<T: Section>() -> &'static [&'static str] {
    match boxoffice_text::read::<T, _>([("".into(), Text::Plain("".into()))]) {
        Err(ReadError { reason: Reason::Unknown(fields), .. }) => fields,
        _ => &[],
    }
}

fn read_alone<T: Section>(value: &ConfiguredValue<'_>) -> Result<T, ReadError> {
    boxoffice_text::read([(value.name.into(), value.text.clone())])
}

/// Why a single setting is refused.
fn refused(section: &str, value: &ConfiguredValue<'_>, ReadError { reason, .. }: ReadError) -> SettingsError {
    let setting = value.spelled.clone();
    match reason {
        Reason::Unknown(known) => {
            let is_variable = matches!(value.source, Source::Environment { .. });
            let known = known.iter().map(|name| if is_variable { variable(section, name) } else { (*name).to_owned() });
            SettingsError::Unknown { setting, known: known.collect() }
        }
        Reason::Missing => SettingsError::Missing { setting },
        Reason::Repeated => SettingsError::Repeated { setting },
        Reason::Mismatch(_, expected) => invalid(setting, value, expected),
    }
}

/// Which rule a setting breaks, that may be a default.
fn broken(section: &str, name: &str, error: &garde::Error, configured: &[&ConfiguredValue<'_>]) -> SettingsError {
    let field = name.split(['.', '[']).next().unwrap_or_default();
    match configured.iter().find(|value| value.name == field) {
        Some(value) => invalid(value.spelled.clone(), value, error.to_string()),
        None => SettingsError::Invalid {
            setting: variable(section, field),
            value: "its default".to_owned(),
            expected: error.to_string(),
        },
    }
}

/// A type's own message may repeat the value, so that neither is shown of a secret.
fn invalid(setting: String, configured: &ConfiguredValue<'_>, expected: String) -> SettingsError {
    let value = configured.text.to_string();
    let is_name_of_file = matches!(configured.text, Text::InFile(_));
    if is_name_of_file || !secret::is_sensitive(configured.name, &value) {
        return SettingsError::Invalid { setting, value: format!("{value:?}"), expected };
    }
    let repeats = !value.is_empty() && expected.contains(&value);
    let expected = if repeats { "is not what was expected".to_owned() } else { expected };
    SettingsError::Invalid { setting, value: HIDDEN.to_owned(), expected }
}
