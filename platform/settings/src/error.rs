use std::{fmt, path::PathBuf};

/// Why a setting is refused. Says where it stands and how it is spelled there; never shows a value that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The section has no such setting.
    #[error("{setting} is not known; the known ones are {}", known.join(", "))]
    Unknown {
        /// Its name.
        setting: String,
        /// Those that the section has.
        known: Vec<String>,
    },
    /// There is no such section.
    #[error("{setting} belongs to no section; the known ones begin with {}", known.join(", "))]
    UnknownSection {
        /// Its name.
        setting: String,
        /// How the settings of all sections begin.
        known: Vec<String>,
    },
    /// The value is not what was expected.
    #[error("{setting}={value}: {expected}")]
    Invalid {
        /// Its name.
        setting: String,
        /// Its value, or three asterisks in place of a secret.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// It has no default and is not set.
    #[error("{setting} must be set")]
    Missing {
        /// Its name.
        setting: String,
    },
    /// It is set twice at one place: by itself, and by a file that holds it.
    #[error("{setting} is set twice: by itself, and by a file that holds it")]
    Repeated {
        /// Its name.
        setting: String,
    },
    /// The value is not Unicode.
    #[error("{setting} is not Unicode")]
    NotUnicode {
        /// Its name.
        setting: String,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Its name.
        path: PathBuf,
        /// What the machine said.
        reason: String,
    },
    /// The file is not TOML, or holds what no setting can be.
    #[error("{}:{line}: {reason}", path.display())]
    Malformed {
        /// Its name.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Everything that is wrong with the settings; several are a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl SettingsErrors {
    /// Refuses when there is one.
    ///
    /// # Errors
    /// With all of them.
    pub fn check(errors: Vec<SettingsError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [one] => one.fmt(f),
            several => {
                write!(f, "{} settings do not fit:", several.len())?;
                several.iter().try_for_each(|one| write!(f, "\n  {one}"))
            }
        }
    }
}

impl std::error::Error for SettingsErrors {}
