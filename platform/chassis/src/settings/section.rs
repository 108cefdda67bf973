//! A section of the settings as a type, and what can be said of it without knowing the type.

use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Mistakes, Place, Settings, SettingsError, Source,
    given::{Given, given},
    secret::{self, HIDDEN},
    variable,
};
use crate::text::{self, Misfit, Text, Why};

/// A section: a structure whose fields are settings. Their doc comments and their defaults are what an operator is told.
pub trait Section: Default + Serialize + DeserializeOwned + Validate<Context = ()> + ToSchema {
    /// Its name, one word: what variables have after `BOXOFFICE_`, and a table of the file is called.
    const NAME: &'static str;
}

/// A section that somebody reads.
#[derive(Clone, Copy)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    mistakes: fn(&Settings) -> Vec<SettingsError>,
    list: fn(&Settings) -> Vec<Setting>,
}

/// A setting, and what it is.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where it stands.
    pub place: Place,
    /// What it means: Markdown.
    pub about: String,
    /// What it is; null when it is not set. Three asterisks stand for a secret.
    pub value: Value,
    /// What it would be, if nobody said otherwise.
    pub default: Value,
    /// Who says what it is.
    pub source: Source,
}

impl Known {
    /// The section `T`.
    pub const fn section<T: Section>() -> Self {
        Self { name: T::NAME, mistakes: mistakes::<T>, list: list::<T> }
    }

    /// Everything in it that does not fit.
    pub fn mistakes(&self, settings: &Settings) -> Vec<SettingsError> {
        (self.mistakes)(settings)
    }

    /// Its settings in the order of its fields. One that does not fit is shown as its default.
    pub fn list(&self, settings: &Settings) -> Vec<Setting> {
        (self.list)(settings)
    }
}

/// Reads `T`, or says everything that is wrong with it.
pub(super) fn read<T: Section>(settings: &Settings) -> Result<T, Mistakes> {
    let (given, mut mistakes) = given(settings, T::NAME, fields::<T>());
    // One at a time, so that each that does not fit is named.
    let (fit, unfit): (Vec<_>, Vec<_>) = given.iter().partition(|given| alone::<T>(given).is_ok());
    mistakes.extend(unfit.into_iter().filter_map(|given| Some(refused(T::NAME, given, alone::<T>(given).err()?))));
    let section = text::read::<T, _>(fit.iter().map(|given| (given.name.into(), given.text.clone())));
    match section {
        Ok(section) => {
            if let Err(report) = section.validate() {
                let broken = report.iter().map(|(path, error)| broken(T::NAME, &path.to_string(), error, &fit));
                mistakes.extend(broken);
            }
            Mistakes::none_of(mistakes).map(|()| section)
        }
        Err(Misfit { name, .. }) => {
            mistakes.push(SettingsError::Missing { setting: variable(T::NAME, &name) });
            Err(Mistakes(mistakes))
        }
    }
}

fn mistakes<T: Section>(settings: &Settings) -> Vec<SettingsError> {
    read::<T>(settings).err().map(|mistakes| mistakes.0).unwrap_or_default()
}

fn list<T: Section>(settings: &Settings) -> Vec<Setting> {
    let as_json = |section: &T| serde_json::to_value(section).expect("settings are texts, numbers, truths and lists");
    let default = as_json(&T::default());
    let value = read::<T>(settings).map_or_else(|_| default.clone(), |section| as_json(&section));
    let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    let (given, _) = given(settings, T::NAME, fields::<T>());
    let shown = |name: &str, value: &Value| match value {
        Value::String(text) if !text.is_empty() && secret::is_likely(name, text) => HIDDEN.into(),
        other => other.clone(),
    };
    let setting = |name: &&str| Setting {
        place: Place { section: T::NAME.to_owned(), name: (*name).to_owned() },
        about: schema["properties"][*name]["description"].as_str().unwrap_or_default().to_owned(),
        value: shown(name, &value[*name]),
        default: shown(name, &default[*name]),
        source: given.iter().find(|given| given.name == *name).map_or(Source::Default, |given| given.source.clone()),
    };
    fields::<T>().iter().map(setting).collect()
}

/// The fields of `T` in their order: it is asked for one that it does not have.
fn fields<T: Section>() -> &'static [&'static str] {
    match text::read::<T, _>([("".into(), Text::Plain("".into()))]) {
        Err(Misfit { why: Why::Unknown(fields), .. }) => fields,
        _ => &[],
    }
}

fn alone<T: Section>(given: &Given<'_>) -> Result<T, Misfit> {
    text::read([(given.name.into(), given.text.clone())])
}

/// Why a single setting does not fit.
fn refused(section: &str, given: &Given<'_>, Misfit { why, .. }: Misfit) -> SettingsError {
    let setting = given.spelled.clone();
    match why {
        Why::Unknown(known) => {
            let is_variable = matches!(given.source, Source::Environment { .. });
            let known = known.iter().map(|name| if is_variable { variable(section, name) } else { (*name).to_owned() });
            SettingsError::Unknown { setting, known: known.collect() }
        }
        Why::Missing => SettingsError::Missing { setting },
        Why::Repeated => SettingsError::Repeated { setting },
        Why::Unfit(_, expected) => unfit(setting, given, expected),
    }
}

/// Which rule a setting breaks, that may be a default.
fn broken(section: &str, name: &str, error: &garde::Error, given: &[&Given<'_>]) -> SettingsError {
    let field = name.split(['.', '[']).next().unwrap_or_default();
    match given.iter().find(|given| given.name == field) {
        Some(given) => unfit(given.spelled.clone(), given, error.to_string()),
        None => SettingsError::Unfit {
            setting: variable(section, field),
            value: "its default".to_owned(),
            expected: error.to_string(),
        },
    }
}

/// A type's own message may repeat the value, so that neither is shown of a secret.
fn unfit(setting: String, given: &Given<'_>, expected: String) -> SettingsError {
    let value = given.text.to_string();
    let is_name_of_file = matches!(given.text, Text::InFile(_));
    if is_name_of_file || !secret::is_likely(given.name, &value) {
        return SettingsError::Unfit { setting, value: format!("{value:?}"), expected };
    }
    let repeats = !value.is_empty() && expected.contains(&value);
    let expected = if repeats { "is not what was expected".to_owned() } else { expected };
    SettingsError::Unfit { setting, value: HIDDEN.to_owned(), expected }
}
