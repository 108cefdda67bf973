use std::{fmt, path::PathBuf};

/// An invalid setting, with its location. The text never contains a value that may be a secret.
///
/// The field `setting` is the name with its location: the environment variable, or `FILE:LINE: SECTION.NAME`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The section has no setting of this name.
    #[error("{setting} is not known; the known ones are {}", known.join(", "))]
    Unknown {
        /// The name and location of the setting.
        setting: String,
        /// The names of the settings of the section.
        known: Vec<String>,
    },
    /// No section has this name.
    #[error("{setting} belongs to no section; the known ones begin with {}", known.join(", "))]
    UnknownSection {
        /// The name and location of the setting.
        setting: String,
        /// The prefixes of the settings of all sections.
        known: Vec<String>,
    },
    /// The value has the wrong type or is out of bounds.
    #[error("{setting}={value}: {expected}")]
    Invalid {
        /// The name and location of the setting.
        setting: String,
        /// The value, or three asterisks if it may be a secret.
        value: String,
        /// The expected type or bounds.
        expected: String,
    },
    /// The setting has no default and is not set.
    #[error("{setting} must be set")]
    Missing {
        /// The name and location of the setting.
        setting: String,
    },
    /// One source sets both the secret and the file that contains it.
    #[error("{setting} is set twice: by its value and by a file that contains it")]
    Repeated {
        /// The name and location of the setting.
        setting: String,
    },
    /// The value is not Unicode.
    #[error("{setting} is not Unicode")]
    NotUnicode {
        /// The name and location of the setting.
        setting: String,
    },
    /// The configuration file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        reason: String,
    },
    /// The configuration file is not TOML, or contains a value that no setting can have.
    #[error("{}:{line}: {reason}", path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The cause, for the operator.
        reason: String,
    },
}

/// All invalid settings. The text has one line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl SettingsErrors {
    /// Passes if `errors` is empty.
    ///
    /// # Errors
    /// All of `errors`.
    pub fn check(errors: Vec<SettingsError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [one] => one.fmt(f),
            several => {
                write!(f, "{} settings are not valid:", several.len())?;
                several.iter().try_for_each(|one| write!(f, "\n  {one}"))
            }
        }
    }
}

impl std::error::Error for SettingsErrors {}
