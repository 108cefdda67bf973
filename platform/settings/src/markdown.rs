//! The tables of docs/settings.md.

use serde_json::Value;

use super::Setting;

/// The settings of a section as a Markdown table, in the given order.
pub fn markdown_table(settings: &[Setting]) -> String {
    let rows = settings.iter().map(|setting| vec![variable(setting), default(setting), meaning(setting)]);
    table(&["variable", "default", "meaning"], rows)
}

/// Command-line options as a Markdown table, in the given order.
pub fn options_markdown_table(options: &[Setting]) -> String {
    let flag = |option: &Setting| format!("`--{}`", option.key.name.replace('_', "-"));
    let rows = options.iter().map(|option| vec![variable(option), flag(option), default(option), meaning(option)]);
    table(&["variable", "option", "default", "meaning"], rows)
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let rule = vec!["---".to_owned(); header.len()];
    [header, rule].into_iter().chain(rows).map(|cells| line(&cells)).collect()
}

fn variable(setting: &Setting) -> String {
    format!("`{}`", setting.key.variable())
}

fn default(setting: &Setting) -> String {
    match &setting.default {
        Value::Null => "-".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// The meaning on one line, without characters that end a cell.
fn meaning(setting: &Setting) -> String {
    setting.about.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SettingKey, Source};

    fn setting(section: &str, name: &str, about: &str, default: Value) -> Setting {
        let key = SettingKey { section: section.to_owned(), name: name.to_owned() };
        Setting { key, about: about.to_owned(), value: default.clone(), default, source: Source::Default }
    }

    #[test]
    fn a_table_has_a_row_for_each_setting() {
        let settings = [
            setting("mail", "timeout", "Timeout\nof a call.", "3s".into()),
            setting("mail", "relay", "`a|b`.", Value::Null),
        ];
        let table = markdown_table(&settings);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["| `BOXOFFICE_MAIL_TIMEOUT` | `3s` | Timeout of a call. |", r"| `BOXOFFICE_MAIL_RELAY` | - | `a\|b`. |",]
        );
    }

    #[test]
    fn an_option_has_its_flag() {
        let table = options_markdown_table(&[setting("", "log_format", "Format of log lines", "human".into())]);
        assert!(table.ends_with("| `BOXOFFICE_LOG_FORMAT` | `--log-format` | `human` | Format of log lines |\n"));
    }
}
