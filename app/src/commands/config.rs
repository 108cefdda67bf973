//! `config`: shows, checks and generates the configuration.

mod sample;

use boxoffice_settings::{Setting, SettingsErrors, Source};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::serve::ServeOptions;
use crate::{command_line::Invocation, settings::sections};

pub use sample::{sample, settings};

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print every setting with its value and source; secrets are printed as ***
    ///
    /// Takes the options of `serve`, and shows the values that `serve` would use.
    Show(Show),
    /// Check all settings: exits with 0 if they are valid, or with 1 and all errors
    Check,
    /// Print a configuration file with all settings, their meanings and their defaults, commented out
    Sample,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Print JSON, with the meaning and the default of each setting
    #[arg(long)]
    pub json: bool,
    /// Print only settings that differ from their defaults
    #[arg(long)]
    pub changed: bool,
    #[command(flatten)]
    pub options: ServeOptions,
}

impl Config {
    /// Runs the command and prints its result.
    ///
    /// # Errors
    /// A setting is not valid; with all such settings.
    pub fn run(&self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Show(options) => show(options, invocation),
            Self::Check => check(invocation),
            Self::Sample => {
                print!("{}", sample());
                Ok(())
            }
        }
    }
}

fn check(invocation: &Invocation) -> anyhow::Result<()> {
    check_all(invocation)?;
    let file =
        invocation.settings.file().map(|file| format!("{} and the environment are valid", file.path().display()));
    println!("{}.", file.unwrap_or_else(|| "The environment is valid; no configuration file".to_owned()));
    Ok(())
}

/// Checks the configuration file, the environment and the options.
///
/// # Errors
/// All settings that are not valid.
pub fn check_all(invocation: &Invocation) -> Result<(), SettingsErrors> {
    let mut all = invocation.errors.0.clone();
    all.extend(invocation.environment_option_errors().0);
    if let Err(SettingsErrors(of_sections)) = invocation.settings.check(&sections()) {
        all.extend(of_sections);
    }
    SettingsErrors::check(all)
}

fn show(options: &Show, invocation: &Invocation) -> anyhow::Result<()> {
    check_all(invocation)?;
    let of_sections = sections().into_iter().flat_map(|section| section.list(&invocation.settings));
    let mut settings: Vec<Setting> = invocation.file_options().into_iter().chain(of_sections).collect();
    settings.retain(|setting| !options.changed || setting.source != Source::Default);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&settings.iter().map(as_json).collect::<Vec<_>>())?);
    } else {
        print!("{}", table(&settings));
    }
    Ok(())
}

fn as_json(setting: &Setting) -> Value {
    json!({
        "name": setting.key.dotted(),
        "variable": setting.key.variable(),
        "value": setting.value,
        "default": setting.default,
        "source": setting.source,
        "about": setting.about,
    })
}

fn table(settings: &[Setting]) -> String {
    let head = ["setting".to_owned(), "value".to_owned(), "from".to_owned()];
    let rows = settings.iter().map(|setting| [setting.key.dotted(), text(&setting.value), source(&setting.source)]);
    let rows: Vec<[String; 3]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    rows.iter().map(|[name, value, from]| format!("{name:first$}  {value:second$}  {from}\n")).collect()
}

/// Formats a value for the table.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

fn source(source: &Source) -> String {
    match source {
        Source::Default => "default".to_owned(),
        Source::File { path, line } => format!("{}:{line}", path.display()),
        Source::Environment { variable } => variable.clone(),
        Source::Flag { option } => option.clone(),
    }
}
