use std::{fmt, path::PathBuf};

/// Error of one setting. The message names the variable, or the file and its line, and never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The section has no setting of this name.
    #[error("{setting} is unknown; the known ones are {}", known.join(", "))]
    Unknown {
        /// The variable, or the file and line with the name of the setting.
        setting: String,
        /// Names of the settings of the section.
        known: Vec<String>,
    },
    /// No section has this name.
    #[error("{setting} belongs to no section; the known ones begin with {}", known.join(", "))]
    UnknownSection {
        /// The variable, or the file and line with the name of the setting.
        setting: String,
        /// The beginnings of the names of all sections.
        known: Vec<String>,
    },
    /// The value is invalid.
    #[error("{setting}={value}: {expected}")]
    Invalid {
        /// The variable, or the file and line with the name of the setting.
        setting: String,
        /// The value; `***` for a secret.
        value: String,
        /// Description of a valid value.
        expected: String,
    },
    /// The setting is required and has no value.
    #[error("{setting} must be set")]
    Missing {
        /// The variable, or the file and line with the name of the setting.
        setting: String,
    },
    /// The setting is set twice: directly, and by the name of a file that contains it.
    #[error("{setting} is set twice: directly, and by the name of a file")]
    Repeated {
        /// The variable, or the file and line with the name of the setting.
        setting: String,
    },
    /// The value is not Unicode.
    #[error("{setting} is not Unicode")]
    NotUnicode {
        /// The variable, or the file and line with the name of the setting.
        setting: String,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        reason: String,
    },
    /// The file is not TOML, or contains a value that no setting can have.
    #[error("{}:{line}: {reason}", path.display())]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Description of the error.
        reason: String,
    },
}

/// All errors of the settings, one line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl SettingsErrors {
    /// Returns `Ok` without errors.
    ///
    /// # Errors
    /// All `errors`, if any.
    pub fn check(errors: Vec<SettingsError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [one] => one.fmt(f),
            several => {
                write!(f, "{} settings are invalid:", several.len())?;
                several.iter().try_for_each(|one| write!(f, "\n  {one}"))
            }
        }
    }
}

impl std::error::Error for SettingsErrors {}
