//! A section of the settings as a type, and its type-erased specification.

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

/// A section: a struct whose fields are settings. Their doc comments are the documentation of the settings for operators.
pub trait Section: Default + Serialize + DeserializeOwned + Validate<Context = ()> + ToSchema {
    /// The name of the section, one word: the prefix of its variables after `BOXOFFICE_`, and its table in the file.
    const NAME: &'static str;
}

/// The specification of a section, independent of its type.
#[derive(Clone, Copy)]
pub struct SectionSpec {
    /// The name of the section.
    pub name: &'static str,
    errors: fn(&Settings) -> Vec<SettingsError>,
    list: fn(&Settings) -> Vec<Setting>,
}

/// A setting with its documentation, value and source.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The section and the name of the setting.
    pub key: SettingKey,
    /// The meaning of the setting as Markdown, from its doc comment.
    pub about: String,
    /// The current value; null if it is not set, three asterisks if it may be a secret.
    pub value: Value,
    /// The default; null if the setting has none.
    pub default: Value,
    /// The source of the current value.
    pub source: Source,
}

impl SectionSpec {
    /// The specification of the section `T`.
    pub const fn of<T: Section>() -> Self {
        Self { name: T::NAME, errors: errors::<T>, list: list::<T> }
    }

    /// The errors of all settings in the section that are not valid.
    pub fn errors(&self, settings: &Settings) -> Vec<SettingsError> {
        (self.errors)(settings)
    }

    /// The settings of the section in the order of its fields. If one is not valid, all have their defaults.
    pub fn list(&self, settings: &Settings) -> Vec<Setting> {
        (self.list)(settings)
    }
}

/// Reads and validates `T`; the error contains every setting that is not valid.
pub(super) fn read<T: Section>(settings: &Settings) -> Result<T, SettingsErrors> {
    let (configured, mut errors) = configured_values(settings, T::NAME, fields::<T>());
    // Each setting is read alone first, so that the error contains all that are not valid.
    let (valid, invalid): (Vec<_>, Vec<_>) = configured.iter().partition(|value| read_alone::<T>(value).is_ok());
    errors.extend(invalid.into_iter().filter_map(|value| Some(refused(T::NAME, value, read_alone::<T>(value).err()?))));
    let section = boxoffice_text::read::<T, _>(valid.iter().map(|value| (value.name.into(), value.text.clone())));
    match section {
        Ok(section) => {
            if let Err(report) = section.validate() {
                let broken = report.iter().map(|(path, error)| broken(T::NAME, &path.to_string(), error, &valid));
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
    let as_json = |section: &T| serde_json::to_value(section).expect("settings serialize as JSON");
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

/// The fields of `T` in their order, from the error about a field that it does not have.
fn fields<T: Section>() -> &'static [&'static str] {
    match boxoffice_text::read::<T, _>([("".into(), Text::Plain("".into()))]) {
        Err(ReadError { reason: Reason::Unknown(fields), .. }) => fields,
        _ => &[],
    }
}

fn read_alone<T: Section>(value: &ConfiguredValue<'_>) -> Result<T, ReadError> {
    boxoffice_text::read([(value.name.into(), value.text.clone())])
}

/// The error of a setting that cannot be deserialized.
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

/// The error of a setting that violates a rule of the section. The value may be a default.
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

/// Hides a value that may be a secret, and an error text that contains it.
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
