//! `config`: the settings as they are, and whether they fit.

mod sample;

use boxoffice_settings::{Setting, SettingsErrors, Source};
use serde_json::{Value, json};

use crate::{
    cli::{Asked, Show},
    settings::sections,
};

pub use sample::{sample, settings};

/// Says whether everything fits.
///
/// # Errors
/// With everything that does not.
pub fn check(asked: &Asked) -> anyhow::Result<()> {
    mistakes(asked)?;
    let file = asked.settings.file().map(|file| format!("{} and the environment fit", file.path().display()));
    println!("{}.", file.unwrap_or_else(|| "The environment fits; there is no file of settings".to_owned()));
    Ok(())
}

/// Everything that does not fit.
///
/// # Errors
/// With all of it.
pub fn mistakes(asked: &Asked) -> Result<(), SettingsErrors> {
    let mut all = asked.mistakes.0.clone();
    all.extend(asked.unfit_options().0);
    if let Err(SettingsErrors(of_sections)) = asked.settings.check(&sections()) {
        all.extend(of_sections);
    }
    SettingsErrors::check(all)
}

/// Prints every setting, and where it comes from.
///
/// # Errors
/// When one does not fit.
pub fn show(options: &Show, asked: &Asked) -> anyhow::Result<()> {
    mistakes(asked)?;
    let of_sections = sections().into_iter().flat_map(|section| section.list(&asked.settings));
    let mut settings: Vec<Setting> = asked.options().into_iter().chain(of_sections).collect();
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
    let rows = settings.iter().map(|setting| [setting.key.dotted(), text(&setting.value), from(&setting.source)]);
    let rows: Vec<[String; 3]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    rows.iter().map(|[name, value, from]| format!("{name:first$}  {value:second$}  {from}\n")).collect()
}

/// A value as the table has it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

fn from(source: &Source) -> String {
    match source {
        Source::Default => "default".to_owned(),
        Source::File { path, line } => format!("{}:{line}", path.display()),
        Source::Environment { variable } => variable.clone(),
        Source::Flag { option } => option.clone(),
    }
}
