//! Parsing of the command line. Precedence: options, then environment variables, then the configuration file.

mod options;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use boxoffice_settings::{File, Setting, Settings, SettingsErrors};
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::{Command, CommandLine};

/// The configuration file that is read by default, relative to the working directory.
const DEFAULT_FILE: &str = "boxoffice.toml";

/// A parsed command line, with the settings from the configuration file and the environment.
pub struct Invocation {
    /// The command to run; `serve` if the command line names none.
    pub command: Command,
    /// Settings from the configuration file and the environment, by section.
    pub settings: Settings,
    /// Errors in the configuration file and in the environment: unreadable, unknown or invalid values. Only `config check` and `doctor` run if there are such errors.
    pub errors: SettingsErrors,
    matches: ArgMatches,
}

/// Parses the arguments of the process.
///
/// # Errors
/// An argument is not valid, or the user asks for help or the version.
pub fn parse(mut arguments: Vec<OsString>) -> clap::error::Result<Invocation> {
    let options = options::all(&CommandLine::command());
    let mut errors = Vec::new();
    let mut collect = |SettingsErrors(more)| errors.extend(more);
    let file = file_path(&arguments).and_then(|path| File::read(&path).map_err(&mut collect).ok());
    if let Some(file) = &file {
        collect(SettingsErrors(options.iter().filter_map(|option| option.error_in_file(file)).collect()));
    }
    let mut command = options::with_file(CommandLine::command(), file.as_ref());
    let mut matches = command.try_get_matches_from_mut(&arguments)?;
    if matches.subcommand_name().is_none() {
        arguments.push("serve".into());
        matches = command.try_get_matches_from_mut(&arguments)?;
    }
    let cli = CommandLine::from_arg_matches(&matches)?;
    let command = cli.command.expect("the arguments name a command, or `serve` was appended");
    let keys = options.into_iter().map(|option| option.key).collect();
    let settings = Settings::from_process(file, keys).map_err(&mut collect).unwrap_or_default();
    Ok(Invocation { command, settings, errors: SettingsErrors(errors), matches })
}

/// The path of the configuration file: named by an option or the environment, or the default file if it exists.
fn file_path(arguments: &[OsString]) -> Option<PathBuf> {
    let matches = CommandLine::command().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    let named = matches.get_one::<PathBuf>("config").cloned();
    // A default file that cannot be inspected is not skipped: reading it reports the error.
    named.or_else(|| Path::new(DEFAULT_FILE).try_exists().unwrap_or(true).then(|| DEFAULT_FILE.into()))
}

/// Every option that can also be set by an environment variable, as a setting with its default.
pub fn all_options() -> Vec<Setting> {
    let (settings, matches) = (Settings::default(), ArgMatches::default());
    options::all(&CommandLine::command()).iter().map(|option| option.setting(&settings, &matches)).collect()
}

impl Invocation {
    /// The options that can be set in the configuration file, with their present values.
    pub fn file_options(&self) -> Vec<Setting> {
        let mut matches = &self.matches;
        while let Some((_, deeper)) = matches.subcommand() {
            matches = deeper;
        }
        let options = options::all(&CommandLine::command()).into_iter().filter(|option| option.key.is_in_file());
        options.map(|option| option.setting(&self.settings, matches)).collect()
    }

    /// Errors in environment variables of options, including options that this command does not have.
    pub fn environment_option_errors(&self) -> SettingsErrors {
        let options = options::all(&CommandLine::command());
        SettingsErrors(options.iter().filter_map(|option| option.error_in_environment(&self.settings)).collect())
    }
}
