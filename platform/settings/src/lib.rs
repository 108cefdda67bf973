//! Configuration: a file, and environment variables before it. Each setting is known, typed and checked.
//!
//! `BOXOFFICE_INVENTORY_HOLD_LIFE=2s` is the setting `hold_life` of the section `inventory`: the section ends at the first
//! underscore. In the file, which is TOML, it is `hold_life = "2s"` below `[inventory]`. A [`Section`] is a structure with
//! `#[serde(default, deny_unknown_fields)]`; its spans are read with `#[serde(with = "humantime_serde")]`, and a variable
//! writes a list with commas. An option of the command line is a setting as well, see [`SettingKey`].
//!
//! A [`Secret`] may stand in a file of its own, which the setting with `_file` behind its name then names.

mod error;
mod file;
mod secret;
mod section;
mod unknown;
mod values;

use std::{collections::BTreeMap, env, ffi::OsString, path::PathBuf, sync::Arc};

use serde::Serialize;

pub use error::{SettingsError, SettingsErrors};
pub use file::File;
pub use secret::Secret;
pub use section::{Section, SectionSpec, Setting};

/// What the name of every variable begins with.
const PREFIX: &str = "BOXOFFICE_";

/// The variable that names the file of settings, and is none itself.
pub const CONFIG_FILE_VARIABLE: &str = "BOXOFFICE_CONFIG";

/// The settings of one process: what its environment and its file say.
#[derive(Clone, Default)]
pub struct Settings {
    /// Names in small letters, without what all begin with.
    environment: BTreeMap<String, String>,
    file: Option<Arc<File>>,
    /// What the command line reads itself.
    options: Arc<[SettingKey]>,
}

/// Where a setting stands: its section, which is empty at the top of the file, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingKey {
    /// Such as `inventory`.
    pub section: String,
    /// Such as `hold_life`.
    pub name: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Source {
    /// Nobody says otherwise.
    Default,
    /// The file of settings.
    File {
        /// Its name.
        path: PathBuf,
        /// Which of its lines, from 1.
        line: usize,
    },
    /// The environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// An option of the command line.
    Flag {
        /// Such as `--listen`.
        option: String,
    },
}

impl Settings {
    /// From the environment of this process, the one place where it is read, before `file`. `options` is what the command
    /// line reads itself.
    ///
    /// # Errors
    /// Every variable of ours that is not Unicode.
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

    /// From names and values of variables; those that do not begin with `BOXOFFICE_` are not ours.
    pub fn from_env(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables
            .into_iter()
            .filter(|(name, _)| name != CONFIG_FILE_VARIABLE)
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_ascii_lowercase(), value)));
        Self { environment: ours.collect(), ..Self::default() }
    }

    /// As these, with a file behind them.
    #[must_use]
    pub fn with_file(self, file: File) -> Self {
        Self { file: Some(Arc::new(file)), ..self }
    }

    /// The file, where there is one.
    pub fn file(&self) -> Option<&File> {
        self.file.as_deref()
    }

    /// What is set for an option of the command line, and by whom: the environment before the file.
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

    /// The section `T`, with its rules checked.
    ///
    /// # Errors
    /// The first setting of it that is unknown or does not fit.
    pub fn section<T: Section>(&self) -> Result<T, SettingsError> {
        section::read(self).map_err(|errors| errors.0.into_iter().next().expect("who refuses has a reason"))
    }

    /// Makes sure that everything was meant for one of `sections` or for the command line, and fits there.
    ///
    /// # Errors
    /// Everything that does not.
    pub fn check(&self, sections: &[SectionSpec]) -> Result<(), SettingsErrors> {
        let unfit = sections.iter().flat_map(|section| section.errors(self));
        SettingsErrors::check(unknown::unknown_settings(self, sections).into_iter().chain(unfit).collect())
    }

    fn is_option(&self, section: &str, name: &str) -> bool {
        self.options.iter().any(|option| option.section == section && option.name == name)
    }
}

impl SettingKey {
    /// Whether the file may have it, of an option of the command line: those of a single command belong to a moment.
    pub fn is_in_file(&self) -> bool {
        self.section.is_empty()
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        variable(&self.section, &self.name)
    }

    /// Its name with its section, as messages have it: `inventory.hold_life`.
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
