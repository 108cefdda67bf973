//! Sections of settings as types, and their descriptions independent of the type.

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

/// A section: a struct whose fields are settings. Operators read the doc comments and the defaults of the fields.
pub trait Section: Default + Serialize + DeserializeOwned + Validate<Context = ()> + ToSchema {
    /// Name of the section, one word: it follows `BOXOFFICE_` in variables and names the table in the file.
    const NAME: &'static str;
}

/// A section without its type.
#[derive(Clone, Copy)]
pub struct SectionSpec {
    /// Name of the section.
    pub name: &'static str,
    errors: fn(&Settings) -> Vec<SettingsError>,
    list: fn(&Settings) -> Vec<Setting>,
}

/// A setting with its description and value.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Section and name of the setting.
    pub key: SettingKey,
    /// Description in Markdown, from the doc comment of the field.
    pub about: String,
    /// The value; null when it is not set, `***` for a secret.
    pub value: Value,
    /// The default value; null without a default.
    pub default: Value,
    /// The source of the value.
    pub source: Source,
}

impl SectionSpec {
    /// Describes the section `T`.
    pub const fn of<T: Section>() -> Self {
        Self { name: T::NAME, errors: errors::<T>, list: list::<T> }
    }

    /// All errors of the section.
    pub fn errors(&self, settings: &Settings) -> Vec<SettingsError> {
        (self.errors)(settings)
    }

    /// The settings in the order of the fields. An invalid setting is listed with its default.
    pub fn list(&self, settings: &Settings) -> Vec<Setting> {
        (self.list)(settings)
    }
}

/// Reads `T`, or returns all errors of the section.
pub(super) fn read<T: Section>(settings: &Settings) -> Result<T, SettingsErrors> {
    let (configured, mut errors) = configured_values(settings, T::NAME, fields::<T>());
    // Each value is read alone, so that every invalid one is named.
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
    let as_json = |section: &T| serde_json::to_value(section).expect("settings are texts, numbers, booleans and lists");
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

/// The names of the fields of `T`, in order: serde reports them for a field that does not exist.
fn fields<T: Section>() -> &'static [&'static str] {
    match boxoffice_text::read::<T, _>([("".into(), Text::Plain("".into()))]) {
        Err(ReadError { reason: Reason::Unknown(fields), .. }) => fields,
        _ => &[],
    }
}

fn read_alone<T: Section>(value: &ConfiguredValue<'_>) -> Result<T, ReadError> {
    boxoffice_text::read([(value.name.into(), value.text.clone())])
}

/// The error of a setting that cannot be read.
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

/// The error of a setting that violates a rule; its value may be a default.
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

/// The error of an invalid value. The message of a type may contain the value, so a secret hides both.
fn invalid(setting: String, configured: &ConfiguredValue<'_>, expected: String) -> SettingsError {
    let value = configured.text.to_string();
    let is_name_of_file = matches!(configured.text, Text::InFile(_));
    if is_name_of_file || !secret::is_sensitive(configured.name, &value) {
        return SettingsError::Invalid { setting, value: format!("{value:?}"), expected };
    }
    let repeats = !value.is_empty() && expected.contains(&value);
    let expected = if repeats { "is not valid".to_owned() } else { expected };
    SettingsError::Invalid { setting, value: HIDDEN.to_owned(), expected }
}
