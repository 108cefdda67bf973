//! Configuration from environment variables and a TOML file. Every setting is declared, typed and validated.
//!
//! `BOXOFFICE_INVENTORY_HOLD_LIFE=2s` is the setting `hold_life` of the section `inventory`: the name of a section is one
//! word. In the file it is `hold_life = "2s"` below `[inventory]`. The environment takes precedence over the file.
//!
//! A [`Section`] is a struct with `#[serde(default, deny_unknown_fields)]`. Its durations have
//! `#[serde(with = "humantime_serde")]`. In an environment variable, a list is separated by commas. Command-line options are
//! settings as well: see [`SettingKey`]. A [`Secret`] can be read from a file, whose path is the setting with the suffix
//! `_file`.
//!
//! The doc comments of a section are the meanings of its settings, in `config show`, in the sample file and in
//! docs/settings.md ([`markdown_table`]).

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

/// Prefix of all environment variables of the program.
const PREFIX: &str = "BOXOFFICE_";

/// The environment variable with the path of the configuration file. It is not a setting.
pub const CONFIG_FILE_VARIABLE: &str = "BOXOFFICE_CONFIG";

/// The settings of one process, from its environment and its configuration file.
#[derive(Clone, Default)]
pub struct Settings {
    /// The values by name, in lower case and without [`PREFIX`].
    environment: BTreeMap<String, String>,
    file: Option<Arc<File>>,
    /// The settings that the command line parses.
    options: Arc<[SettingKey]>,
}

/// The section and the name of a setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingKey {
    /// The name of the section, such as `inventory`; empty at the top level of the file.
    pub section: String,
    /// The name within the section, such as `hold_life`.
    pub name: String,
}

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Source {
    /// The default of the setting.
    Default,
    /// An entry of the configuration file.
    File {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// The name of the variable.
        variable: String,
    },
    /// An option of the command line.
    Flag {
        /// The option, such as `--listen`.
        option: String,
    },
}

impl Settings {
    /// Reads the environment of this process, which takes precedence over `file`. `options` are the settings that the
    /// command line parses. No other function reads the environment.
    ///
    /// # Errors
    /// Every variable with the prefix `BOXOFFICE_` that is not Unicode.
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

    /// Settings from the names and values of environment variables. Names without the prefix `BOXOFFICE_` are ignored.
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

    /// The value and source of a command-line option in the environment or the file; `None` if neither sets it.
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
    /// The first setting of the section that is unknown or not valid.
    pub fn section<T: Section>(&self) -> Result<T, SettingsError> {
        section::read(self)
            .map_err(|errors| errors.0.into_iter().next().expect("a refused section has at least one error"))
    }

    /// Checks that every setting belongs to one of `sections` or to the command line, and is valid.
    ///
    /// # Errors
    /// All settings that are unknown or not valid.
    pub fn check(&self, sections: &[SectionSpec]) -> Result<(), SettingsErrors> {
        let invalid = sections.iter().flat_map(|section| section.errors(self));
        SettingsErrors::check(unknown::unknown_settings(self, sections).into_iter().chain(invalid).collect())
    }

    fn is_option(&self, section: &str, name: &str) -> bool {
        self.options.iter().any(|option| option.section == section && option.name == name)
    }
}

impl SettingKey {
    /// Whether the file can contain this command-line option. An option of a single command cannot be set in the file.
    pub fn is_in_file(&self) -> bool {
        self.section.is_empty()
    }

    /// The name of the environment variable.
    pub fn variable(&self) -> String {
        variable(&self.section, &self.name)
    }

    /// The name with its section, as in messages: `inventory.hold_life`.
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
