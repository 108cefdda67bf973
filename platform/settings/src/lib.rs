//! Configuration from a file and from environment variables, which take precedence. Every setting is declared, typed and
//! validated.
//!
//! `BOXOFFICE_INVENTORY_HOLD_LIFE=2s` is the setting `hold_life` of the section `inventory`: the section ends at the first
//! underscore. In the TOML file it is `hold_life = "2s"` below `[inventory]`. A [`Section`] is a struct with
//! `#[serde(default, deny_unknown_fields)]`; durations are read with `#[serde(with = "humantime_serde")]`, and lists in
//! variables are separated by commas. Command-line options are settings too, see [`SettingKey`].
//!
//! A [`Secret`] may be stored in a file of its own, which the setting with the suffix `_file` names.

mod error;
mod file;
mod markdown;
mod secret;
mod section;
mod unknown;
mod values;

use std::{collections::BTreeMap, env, ffi::OsString, path::PathBuf, sync::Arc};

use serde::Serialize;

pub use error::{SettingsError, SettingsErrors};
pub use file::File;
pub use markdown::{markdown_table, options_markdown_table};
pub use secret::Secret;
pub use section::{Section, SectionSpec, Setting};

/// Prefix of all variables.
const PREFIX: &str = "BOXOFFICE_";

/// The variable that names the configuration file; it is not a setting.
pub const CONFIG_FILE_VARIABLE: &str = "BOXOFFICE_CONFIG";

/// The configuration of one process: environment variables and file.
#[derive(Clone, Default)]
pub struct Settings {
    /// Variables by lower-case name without the prefix.
    environment: BTreeMap<String, String>,
    file: Option<Arc<File>>,
    /// The options that the command line reads.
    options: Arc<[SettingKey]>,
}

/// The key of a setting: its section, which is empty for top-level settings, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingKey {
    /// Name of the section, such as `inventory`.
    pub section: String,
    /// Name in the section, such as `hold_life`.
    pub name: String,
}

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Source {
    /// The default of the setting.
    Default,
    /// A value in the configuration file.
    File {
        /// Path of the file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
    },
    /// The value of an environment variable.
    Environment {
        /// Name of the variable.
        variable: String,
    },
    /// The value of a command-line option.
    Flag {
        /// The option, such as `--listen`.
        option: String,
    },
}

impl Settings {
    /// Reads the environment of this process, which takes precedence over `file`. No other code reads the environment.
    /// `options` are the settings that the command line reads.
    ///
    /// # Errors
    /// Every variable with the prefix that is not Unicode.
    pub fn from_process(file: Option<File>, options: Vec<SettingKey>) -> Result<Self, SettingsErrors> {
        let ours = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let ours = ours.filter(|(name, _)| name.starts_with(PREFIX));
        let (mut variables, mut errors) = (Vec::new(), Vec::new());
        for (name, value) in ours {
            match OsString::into_string(value) {
                Ok(value) => variables.push((name, value)),
                Err(_) => errors.push(SettingsError::NotUnicode { setting: name }),
            }
        }
        SettingsErrors::check(errors)?;
        Ok(Self { file: file.map(Arc::new), options: options.into(), ..Self::from_env(variables) })
    }

    /// Reads names and values of variables. Variables without the prefix `BOXOFFICE_` are ignored.
    pub fn from_env(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables
            .into_iter()
            .filter(|(name, _)| name != CONFIG_FILE_VARIABLE)
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_ascii_lowercase(), value)));
        Self { environment: ours.collect(), ..Self::default() }
    }

    /// Adds a configuration file, over which the environment takes precedence.
    #[must_use]
    pub fn with_file(self, file: File) -> Self {
        Self { file: Some(Arc::new(file)), ..self }
    }

    /// The configuration file; `None` without one.
    pub fn file(&self) -> Option<&File> {
        self.file.as_deref()
    }

    /// The value of a command-line option in the environment or the file, with its source; `None` if neither sets it.
    pub fn option(&self, key: &SettingKey) -> Option<(String, Source)> {
        let variable = key.variable();
        let ours = variable.strip_prefix(PREFIX).and_then(|name| self.environment.get(&name.to_ascii_lowercase()));
        if let Some(text) = ours {
            return Some((text.clone(), Source::Environment { variable }));
        }
        let file = self.file().filter(|_| key.is_in_file())?;
        let (text, line) = file.option(key)?;
        Some((text, Source::File { path: file.path().to_owned(), line }))
    }

    /// Reads and validates the section `T`.
    ///
    /// # Errors
    /// The first unknown or invalid setting of the section.
    pub fn section<T: Section>(&self) -> Result<T, SettingsError> {
        section::read(self).map_err(|errors| errors.0.into_iter().next().expect("a refusal has at least one error"))
    }

    /// Checks that every setting belongs to one of `sections` or to the command line, and is valid.
    ///
    /// # Errors
    /// All unknown and invalid settings.
    pub fn check(&self, sections: &[SectionSpec]) -> Result<(), SettingsErrors> {
        let unfit = sections.iter().flat_map(|section| section.errors(self));
        SettingsErrors::check(unknown::unknown_settings(self, sections).into_iter().chain(unfit).collect())
    }

    fn is_option(&self, section: &str, name: &str) -> bool {
        self.options.iter().any(|option| option.section == section && option.name == name)
    }
}

impl SettingKey {
    /// Whether the configuration file may contain this command-line option. Options of a single command are excluded.
    pub fn is_in_file(&self) -> bool {
        self.section.is_empty()
    }

    /// Name of the environment variable.
    pub fn variable(&self) -> String {
        variable(&self.section, &self.name)
    }

    /// The name with the section, for messages: `inventory.hold_life`.
    pub fn dotted(&self) -> String {
        dotted(&self.section, &self.name)
    }
}

fn variable(section: &str, name: &str) -> String {
    let separator = if section.is_empty() || name.is_empty() { "" } else { "_" };
    format!("{PREFIX}{section}{separator}{name}").to_ascii_uppercase()
}

fn dotted(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}
