//! The options of the command line as settings, derived from the definition of the command line.

use std::{collections::BTreeMap, error::Error as _};

use boxoffice_settings::{CONFIG_FILE_VARIABLE, File, Setting, SettingKey, Settings, SettingsError, Source};
use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use serde_json::Value;

/// Prefix of all environment variables of the program.
const PREFIX: &str = "BOXOFFICE_";

/// An option that can also be set by an environment variable.
pub(super) struct OptionSetting {
    pub key: SettingKey,
    arg: Arg,
}

/// Every such option of all commands, without duplicates and without `--config`.
pub(super) fn all(command: &Command) -> Vec<OptionSetting> {
    let mut options = BTreeMap::new();
    collect(command, &mut options);
    options.into_values().collect()
}

fn collect(command: &Command, options: &mut BTreeMap<SettingKey, OptionSetting>) {
    for arg in command.get_arguments() {
        if let Some(key) = setting_key(arg) {
            options.entry(key.clone()).or_insert_with(|| OptionSetting { key, arg: arg.clone() });
        }
    }
    command.get_subcommands().for_each(|command| collect(command, options));
}

/// Uses the valid values of `file` as defaults of the options of `command`.
pub(super) fn with_file(command: Command, file: Option<&File>) -> Command {
    let Some(file) = file else { return command };
    let command = command.mut_args(|arg| {
        let option =
            setting_key(&arg).filter(SettingKey::is_in_file).map(|key| OptionSetting { key, arg: arg.clone() });
        let valid = option.filter(|option| option.error_in_file(file).is_none());
        match valid.and_then(|option| file.option(&option.key)) {
            Some((text, _)) => arg.required(false).default_value(text),
            None => arg,
        }
    });
    command.mut_subcommands(|command| with_file(command, Some(file)))
}

/// The key under which an option is listed, derived from its variable. Only keys without a section can be set in the file.
///
/// `BOXOFFICE_VERIFY_WAIT` of `--wait` is `wait` in the section `verify`; `BOXOFFICE_LOG_FORMAT` of `--log-format` is
/// `log_format` without a section.
fn setting_key(arg: &Arg) -> Option<SettingKey> {
    let variable = arg.get_env().filter(|variable| *variable != CONFIG_FILE_VARIABLE)?;
    let rest = variable.to_str()?.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let name = arg.get_long()?.replace('-', "_");
    let section = rest.strip_suffix(&name)?.trim_end_matches('_').to_owned();
    Some(SettingKey { section, name })
}

impl OptionSetting {
    /// The error in the value that `file` sets; `None` if it is valid or not set.
    pub fn error_in_file(&self, file: &File) -> Option<SettingsError> {
        let (text, line) = file.option(&self.key).filter(|_| self.key.is_in_file())?;
        self.error(&text, format!("{}:{line}: {}", file.path().display(), self.key.dotted()))
    }

    /// The error in the value that the environment sets; `None` if it is valid or not set.
    pub fn error_in_environment(&self, settings: &Settings) -> Option<SettingsError> {
        match settings.option(&self.key)? {
            (text, Source::Environment { variable }) => self.error(&text, variable),
            _ => None,
        }
    }

    fn error(&self, text: &str, location: String) -> Option<SettingsError> {
        let long = self.arg.get_long()?;
        let single = Arg::new("single").long(long.to_owned()).value_parser(self.arg.get_value_parser().clone());
        let arguments = [format!("--{long}={text}")];
        let error = Command::new("boxoffice").no_binary_name(true).arg(single).try_get_matches_from(arguments).err()?;
        let expected = match error.source() {
            Some(reason) => reason.to_string(),
            None => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        };
        Some(SettingsError::Invalid { setting: location, value: format!("{text:?}"), expected })
    }

    /// Its value and the source of the value, for a command line with these `matches`.
    pub fn setting(&self, settings: &Settings, matches: &ArgMatches) -> Setting {
        let id = self.arg.get_id().as_str();
        let texts = self.arg.get_default_values().iter().map(|text| text.to_string_lossy());
        let default = texts.reduce(|all, text| all + "," + text).map_or(Value::Null, |text| text.into());
        let is_option_of_command = matches.try_contains_id(id).is_ok();
        let flag = || {
            let texts = matches.get_raw(id)?.map(|text| text.to_string_lossy().into_owned());
            Some((texts.collect::<Vec<_>>().join(","), Source::Flag { option: format!("--{}", self.arg.get_long()?) }))
        };
        let is_flag = is_option_of_command && matches.value_source(id) == Some(ValueSource::CommandLine);
        let set = if is_flag { flag() } else { settings.option(&self.key) };
        let (value, source) = set.map_or((default.clone(), Source::Default), |(text, source)| (text.into(), source));
        let about = self.arg.get_help().map(ToString::to_string).unwrap_or_default();
        Setting { key: self.key.clone(), about, value, default, source }
    }
}
