//! A file of settings to start from.

use std::fmt::Write as _;

use boxoffice_settings::{Setting, Settings};
use serde_json::Value;

use crate::{cli, settings::sections};

const HEAD: &str = "\
# Settings of Boxoffice, each with its default. `boxoffice config show` says what each is and where that comes from;
# `boxoffice config check` whether everything fits. The environment and the command line win over this file.
";

/// How long a line of a comment may be.
const WIDTH: usize = 118;

/// Every setting as it is when nobody says anything.
pub fn settings() -> Vec<Setting> {
    cli::options().into_iter().chain(of_sections()).collect()
}

fn of_sections() -> impl Iterator<Item = Setting> {
    sections().into_iter().flat_map(|section| section.list(&Settings::default()))
}

/// Every setting that a file may have with its meaning and its default, commented out. One without a default has nothing
/// behind its name.
pub fn sample() -> String {
    let mut text = HEAD.to_owned();
    let mut section = String::new();
    let at_the_top = cli::options().into_iter().filter(|option| option.key.is_in_file());
    for setting in at_the_top.chain(of_sections()) {
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
        // A JSON text, number, truth or list of them is one of TOML.
        value => format!(" {value}"),
    };
    let _ = writeln!(text, "#{} ={value}", setting.key.name);
    text
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one from the start");
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
