//! The command line before the environment before the file of settings.

mod options;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use boxoffice_settings::{File, Setting, Settings, SettingsErrors};
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::{Cli, Command};

/// The file that is read when none is named and it is there: in the working folder, as everything without a path.
const FILE: &str = "boxoffice.toml";

/// What the program is asked to do, and what it is configured with.
pub struct Asked {
    /// What to do.
    pub command: Command,
    /// What the file and the environment say, by section.
    pub settings: Settings,
    /// What keeps the file or the environment from being read. Nothing but `config check` goes on with one of them.
    pub mistakes: SettingsErrors,
    matches: ArgMatches,
}

/// Reads the words of a command line.
///
/// # Errors
/// When they are not understood, or ask for help.
pub fn read(mut words: Vec<OsString>) -> clap::error::Result<Asked> {
    let options = options::all(&Cli::command());
    let mut mistakes = Vec::new();
    let mut note = |SettingsErrors(more)| mistakes.extend(more);
    let file = named(&words).and_then(|path| File::read(&path).map_err(&mut note).ok());
    if let Some(file) = &file {
        note(SettingsErrors(options.iter().filter_map(|option| option.unfit_in(file)).collect()));
    }
    let mut command = options::with_file(Cli::command(), file.as_ref());
    let mut matches = command.try_get_matches_from_mut(&words)?;
    if matches.subcommand_name().is_none() {
        words.push("serve".into());
        matches = command.try_get_matches_from_mut(&words)?;
    }
    let cli = Cli::from_arg_matches(&matches)?;
    let command = cli.command.expect("one was named, or serve was put there");
    let keys = options.into_iter().map(|option| option.key).collect();
    let settings = Settings::from_process(file, keys).map_err(&mut note).unwrap_or_default();
    Ok(Asked { command, settings, mistakes: SettingsErrors(mistakes), matches })
}

/// The file that the words or the environment name, or the one that is read by default.
fn named(words: &[OsString]) -> Option<PathBuf> {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(words).ok()?;
    let named = matches.get_one::<PathBuf>("config").cloned();
    // What cannot be looked at is not passed over: reading it says why.
    named.or_else(|| Path::new(FILE).try_exists().unwrap_or(true).then(|| FILE.into()))
}

/// Every option of the command line as a setting, with its default.
pub fn options() -> Vec<Setting> {
    let (settings, matches) = (Settings::default(), ArgMatches::default());
    options::all(&Cli::command()).iter().map(|option| option.setting(&settings, &matches)).collect()
}

impl Asked {
    /// The options of the command line that the file may have, with what each of them is.
    pub fn options(&self) -> Vec<Setting> {
        let mut matches = &self.matches;
        while let Some((_, deeper)) = matches.subcommand() {
            matches = deeper;
        }
        let options = options::all(&Cli::command()).into_iter().filter(|option| option.key.is_in_file());
        options.map(|option| option.setting(&self.settings, matches)).collect()
    }

    /// What does not fit in the options that are not given on this command line.
    pub fn unfit_options(&self) -> SettingsErrors {
        let options = options::all(&Cli::command());
        SettingsErrors(options.iter().filter_map(|option| option.unfit_in_environment(&self.settings)).collect())
    }
}
