//! Configuration: environment variables alone, each of them known, typed and checked.
//!
//! `BOXOFFICE_INVENTORY_HOLD_LIFE=2s` is the setting `hold_life` of the section `inventory`: the section ends at the first
//! underscore. A section is a structure with `#[serde(default, deny_unknown_fields)]`; its spans are read with
//! `#[serde(with = "humantime_serde")]` and its lists are written with commas.

mod secret;

use std::{borrow::Cow, collections::BTreeMap, env, ffi::OsString};

use garde::Validate;
use serde::de::DeserializeOwned;

pub use secret::Secret;

use crate::text::{self, Misfit, Why};

/// What the name of every variable begins with.
const PREFIX: &str = "BOXOFFICE_";

/// The settings of one process, by section.
#[derive(Clone, Default)]
pub struct Settings {
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why the settings are refused. Always names the variable; never shows a value that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The section has no such setting.
    #[error("{variable} is not known; the known ones are {}", known.join(", "))]
    Unknown {
        /// Its name.
        variable: String,
        /// Those that the section has.
        known: Vec<String>,
    },
    /// There is no such section.
    #[error("{variable} belongs to no section; the known ones begin with {}", known.join(", "))]
    UnknownSection {
        /// Its name.
        variable: String,
        /// How the variables of all sections begin.
        known: Vec<String>,
    },
    /// The value is not what was expected.
    #[error("{variable}={value}: {expected}")]
    Unfit {
        /// Its name.
        variable: String,
        /// Its value, or three asterisks in place of a secret.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// It has no default and is not set.
    #[error("{variable} must be set")]
    Missing {
        /// Its name.
        variable: String,
    },
    /// The value is not Unicode.
    #[error("{variable} is not Unicode")]
    NotUnicode {
        /// Its name.
        variable: String,
    },
}

impl Settings {
    /// From the environment of this process: the one place where it is read.
    ///
    /// # Errors
    /// When a variable of ours is not Unicode.
    pub fn from_process() -> Result<Self, SettingsError> {
        let text = |name: &str, value: OsString| {
            value.into_string().map_err(|_| SettingsError::NotUnicode { variable: name.to_owned() })
        };
        let ours = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let ours = ours.filter(|(name, _)| name.starts_with(PREFIX));
        ours.map(|(name, value)| text(&name, value).map(|value| (name, value)))
            .collect::<Result<Vec<_>, _>>()
            .map(Self::from_env)
    }

    /// From names and values of variables; those that do not begin with `BOXOFFICE_` are not ours.
    pub fn from_env(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut settings = Self::default();
        for (variable, value) in variables {
            let Some(name) = variable.strip_prefix(PREFIX) else { continue };
            let name = name.to_ascii_lowercase();
            let (section, name) = name.split_once('_').unwrap_or((&name, ""));
            settings.sections.entry(section.to_owned()).or_default().insert(name.to_owned(), value);
        }
        settings
    }

    /// The section `name` as `T`.
    ///
    /// # Errors
    /// When a variable of it is unknown, or does not fit its type.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, SettingsError> {
        let values = self.values(name);
        text::read(values.clone().map(|(name, value)| (Cow::from(name), Cow::from(value)))).map_err(|misfit| {
            let value = values.clone().find(|(setting, _)| *setting == misfit.name).map(|(_, value)| value);
            refused(name, value.unwrap_or_default(), misfit)
        })
    }

    /// [`Settings::section`], with the rules of `T` checked.
    ///
    /// # Errors
    /// Also the first rule that is broken.
    pub fn checked<T: DeserializeOwned + Validate<Context = ()>>(&self, name: &str) -> Result<T, SettingsError> {
        let section: T = self.section(name)?;
        let Err(report) = section.validate() else { return Ok(section) };
        let (path, error) = report.iter().next().expect("a report that refuses has an error");
        let setting = path.to_string();
        let value = self.values(name).find(|(name, _)| *name == setting).map_or("", |(_, value)| value);
        let misfit = Misfit { name: setting, why: Why::Unfit("", error.to_string()) };
        Err(refused(name, value, misfit))
    }

    /// Makes sure that every variable was meant for one of `sections`. `elsewhere` names the variables that the command
    /// line reads itself, such as `BOXOFFICE_LISTEN`.
    ///
    /// # Errors
    /// The first one that belongs nowhere.
    pub fn finish(&self, sections: &[&str], elsewhere: &[&str]) -> Result<(), SettingsError> {
        let strange = self.sections.iter().filter(|(section, _)| !sections.contains(&section.as_str()));
        let mut strange = strange.flat_map(|(section, names)| names.keys().map(move |name| variable(section, name)));
        match strange.find(|variable| !elsewhere.contains(&variable.as_str())) {
            Some(variable) => {
                let known = sections.iter().map(|section| self::variable(section, "") + "_").collect();
                Err(SettingsError::UnknownSection { variable, known })
            }
            None => Ok(()),
        }
    }

    fn values(&self, section: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
        let values = self.sections.get(section).into_iter().flatten();
        values.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn variable(section: &str, name: &str) -> String {
    let separator = if name.is_empty() { "" } else { "_" };
    format!("{PREFIX}{section}{separator}{name}").to_ascii_uppercase()
}

fn refused(section: &str, value: &str, misfit: Misfit) -> SettingsError {
    let variable = |name: &str| variable(section, name);
    let name = variable(&misfit.name);
    match misfit.why {
        Why::Unknown(known) => {
            SettingsError::Unknown { variable: name, known: known.iter().map(|name| variable(name)).collect() }
        }
        Why::Missing => SettingsError::Missing { variable: name },
        Why::Repeated => {
            SettingsError::Unfit { variable: name, value: "***".to_owned(), expected: "is given twice".to_owned() }
        }
        Why::Unfit(_, expected) if secret::is_likely(&misfit.name, value) => {
            // A type's own message may repeat the value.
            let expected = if expected.contains(value) { "is not what was expected".to_owned() } else { expected };
            SettingsError::Unfit { variable: name, value: "***".to_owned(), expected }
        }
        Why::Unfit(_, expected) => SettingsError::Unfit { variable: name, value: format!("{value:?}"), expected },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Validate, Debug, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    #[garde(allow_unvalidated)]
    struct Inventory {
        #[serde(with = "humantime_serde")]
        hold_life: Duration,
        #[garde(range(min = 1, max = 20))]
        lines: u32,
        currencies: Vec<String>,
        mail_password: Secret,
        database_url: Option<Url>,
    }

    impl Default for Inventory {
        fn default() -> Self {
            let hold_life = Duration::from_secs(600);
            Self { hold_life, lines: 20, currencies: vec![], mail_password: Secret::default(), database_url: None }
        }
    }

    /// A type whose own message repeats the value.
    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(try_from = "String")]
    struct Url(String);

    impl TryFrom<String> for Url {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            if text.starts_with("sqlite:") { Ok(Self(text)) } else { Err(format!("{text} has an unknown scheme")) }
        }
    }

    fn inventory(variables: &[(&str, &str)]) -> Result<Inventory, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_env(variables).checked("inventory").map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_set_stands_and_the_rest_is_default() {
        let read = inventory(&[
            ("PATH", "/bin"),
            ("BOXOFFICE_INVENTORY_HOLD_LIFE", "2s"),
            ("BOXOFFICE_INVENTORY_CURRENCIES", "EUR, CHF"),
            ("BOXOFFICE_INVENTORY_MAIL_PASSWORD", "1234"),
            ("BOXOFFICE_INVENTORY_DATABASE_URL", "sqlite:here"),
            ("BOXOFFICE_PAYMENTS_DEADLINE", "1m"),
        ])
        .unwrap();
        assert_eq!((read.hold_life, read.lines), (Duration::from_secs(2), 20));
        assert_eq!(read.currencies, ["EUR", "CHF"]);
        assert_eq!((read.mail_password.expose(), read.database_url), ("1234", Some(Url("sqlite:here".into()))));
        assert_eq!(inventory(&[]), Ok(Inventory::default()));
    }

    #[test]
    fn an_error_names_the_variable_the_value_and_what_was_expected() {
        for (variable, value, error) in [
            (
                "BOXOFFICE_INVENTORY_LINES",
                "many",
                r#"BOXOFFICE_INVENTORY_LINES="many": expected a whole number from 0 to 4294967295"#,
            ),
            ("BOXOFFICE_INVENTORY_LINES", "21", r#"BOXOFFICE_INVENTORY_LINES="21": greater than 20"#),
            ("BOXOFFICE_INVENTORY_HOLD_LIFE", "soon", r#"BOXOFFICE_INVENTORY_HOLD_LIFE="soon": expected a duration"#),
            (
                "BOXOFFICE_INVENTORY_HOLDLIFE",
                "2s",
                "BOXOFFICE_INVENTORY_HOLDLIFE is not known; the known ones are \
             BOXOFFICE_INVENTORY_HOLD_LIFE, BOXOFFICE_INVENTORY_LINES, BOXOFFICE_INVENTORY_CURRENCIES, \
             BOXOFFICE_INVENTORY_MAIL_PASSWORD, BOXOFFICE_INVENTORY_DATABASE_URL",
            ),
        ] {
            assert_eq!(inventory(&[(variable, value)]), Err(error.to_owned()));
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let error = inventory(&[("BOXOFFICE_INVENTORY_DATABASE_URL", "postgres://ann:pass@host/db")]).unwrap_err();
        assert_eq!(error, "BOXOFFICE_INVENTORY_DATABASE_URL=***: is not what was expected");
        let read = inventory(&[("BOXOFFICE_INVENTORY_MAIL_PASSWORD", "hush")]).unwrap();
        assert!(!format!("{read:?}").contains("hush"));
    }

    #[test]
    fn a_variable_of_no_section_is_refused() {
        let finish = |variable: &str| {
            let settings = Settings::from_env([(variable.to_owned(), "1".to_owned())]);
            let finished = settings.finish(&["inventory", "payments"], &["BOXOFFICE_LISTEN"]);
            finished.map_err(|error| error.to_string())
        };
        assert_eq!(finish("BOXOFFICE_LISTEN"), Ok(()));
        assert_eq!(finish("BOXOFFICE_PAYMENTS_DEADLINE"), Ok(()));
        let known = "belongs to no section; the known ones begin with BOXOFFICE_INVENTORY_, BOXOFFICE_PAYMENTS_";
        assert_eq!(finish("BOXOFFICE_INVENTRY_LINES"), Err(format!("BOXOFFICE_INVENTRY_LINES {known}")));
        assert_eq!(finish("BOXOFFICE_LISTEN_ON"), Err(format!("BOXOFFICE_LISTEN_ON {known}")));
    }
}
