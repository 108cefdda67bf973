//! The sample configuration file.

use std::fmt::Write as _;

use boxoffice_settings::{Setting, Settings};
use serde_json::Value;

use crate::{command_line, settings::sections};

const HEAD: &str = "\
# Settings of Boxoffice with their defaults. `boxoffice config show` prints the value and the source of each setting,
# `boxoffice config check` checks them. Environment variables and options take precedence over this file.
";

/// Maximum length of a comment line.
const WIDTH: usize = 118;

/// All settings of the program with their defaults.
pub fn settings() -> Vec<Setting> {
    command_line::all_options().into_iter().chain(of_sections()).collect()
}

fn of_sections() -> impl Iterator<Item = Setting> {
    sections().into_iter().flat_map(|section| section.list(&Settings::default()))
}

/// The text of a configuration file with all settings, their meanings and their defaults, commented out. The value of a
/// setting without a default is left blank.
pub fn sample() -> String {
    let mut text = HEAD.to_owned();
    let mut section = String::new();
    let top_level = command_line::all_options().into_iter().filter(|option| option.key.is_in_file());
    for setting in top_level.chain(of_sections()) {
        if setting.key.section != section {
            section.clone_from(&setting.key.section);
            let _ = write!(text, "\n[{section}]\n");
        }
        text.push_str(&entry(&setting));
    }
    text
}

fn entry(setting: &Setting) -> String {
    let about = setting.about.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut text = "\n".to_owned();
    for line in wrapped(&about) {
        let _ = writeln!(text, "# {line}");
    }
    let value = match &setting.default {
        Value::Null => String::new(),
        // A JSON string, number, boolean or list of them is valid TOML.
        value => format!(" {value}"),
    };
    let _ = writeln!(text, "#{} ={value}", setting.key.name);
    text
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("the list is created with one line");
        if line.is_empty() {
            word.clone_into(line);
        } else if line.len() + 1 + word.len() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
