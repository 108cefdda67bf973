//! docs/settings.md lists every setting with its default; docs/boxoffice.toml is the output of the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use boxoffice_settings::{CONFIG_FILE_VARIABLE, File, Setting, Settings, Source};
use serde_json::Value;

use crate::{generated::check, walls::root};

const BEGIN: &str = "<!-- settings: ";
const END: &str = "<!-- end of settings -->\n";

/// The variables of a section.
pub fn variables(section: &str) -> BTreeSet<String> {
    let known = boxoffice::sections().into_iter().filter(|known| known.name == section);
    known.flat_map(|known| known.list(&Settings::default())).map(|setting| setting.key.variable()).collect()
}

/// The variables that a page names.
fn named(page: &str) -> BTreeSet<String> {
    let words = page.split(|char: char| !(char.is_ascii_uppercase() || char == '_'));
    words
        .filter(|word| word.strip_prefix("BOXOFFICE_").is_some_and(|name| !name.is_empty()))
        .map(str::to_owned)
        .collect()
}

/// The rows of a page's tables, by the variable in their first column.
fn rows(page: &str) -> BTreeMap<&str, Vec<&str>> {
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        let variable = cells.first()?.strip_prefix("`BOXOFFICE_")?.strip_suffix('`')?;
        Some((variable, cells))
    });
    rows.collect()
}

/// The table of the settings of a section, or of the command-line options for the empty name.
fn table(section: &str) -> String {
    let mut table = "| variable | default | meaning |\n| --- | --- | --- |\n".to_owned();
    let is_option = |setting: &Setting| !boxoffice::sections().iter().any(|known| known.name == setting.key.section);
    let of_section = |setting: &&Setting| match section {
        "" => is_option(setting),
        section => setting.key.section == section && !is_option(setting),
    };
    for setting in boxoffice::settings().iter().filter(of_section) {
        let default = match &setting.default {
            Value::Null => "none".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let about = setting.about.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(table, "| `{}` | {default} | {about} |", setting.key.variable())
            .expect("writing to a string succeeds");
    }
    table
}

/// The page with its tables generated again: each is between a comment with the section and an end mark.
fn regenerated(page: &str) -> String {
    let mut parts = page.split(BEGIN);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (section, rest) = part.split_once(" -->\n").expect("the mark names a section");
        let (_, after) = rest.split_once(END).expect("every table has an end mark");
        write!(text, "{BEGIN}{section} -->\n{}{END}{after}", table(section.trim()))
            .expect("writing to a string succeeds");
    }
    text
}

#[test]
fn the_tables_match_the_code() {
    let page = fs::read_to_string(root().join("docs/settings.md")).expect("the page exists");
    check("settings.md", &regenerated(&page), "settings");
}

#[test]
fn the_page_lists_every_setting_with_its_default() {
    let page = fs::read_to_string(root().join("docs/settings.md")).expect("the page exists");
    let settings = boxoffice::settings();
    let known: BTreeSet<String> =
        settings.iter().map(|setting| setting.key.variable()).chain([CONFIG_FILE_VARIABLE.to_owned()]).collect();
    assert!(known.len() > 30, "hardly a setting is known: {known:?}");
    assert_eq!(named(&page), known, "docs/settings.md");
    let rows = rows(&page);
    for setting in settings {
        let variable = setting.key.variable();
        let cells = &rows[variable.trim_start_matches("BOXOFFICE_")];
        let default = match &setting.default {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert!(cells.contains(&format!("`{default}`").as_str()), "{variable} is {default} by default: {cells:?}");
    }
}

#[test]
fn the_sample_configuration_matches_the_program_and_is_valid() {
    let sample = boxoffice::sample();
    let path = root().join("docs/boxoffice.toml");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &sample).expect("the page can be written");
    }
    let kept = fs::read_to_string(&path).expect("the page exists");
    assert_eq!(kept, sample, "print it again with UPDATE_DOCS=1");
    // The sample with every default uncommented.
    let taken = sample.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') && !setting.ends_with('=') => setting,
        _ => line,
    });
    let file = File::parse(Path::new("boxoffice.toml"), &taken.collect::<Vec<_>>().join("\n")).expect("it is TOML");
    let settings = Settings::default().with_file(file);
    for section in boxoffice::sections() {
        assert_eq!(section.errors(&settings), [], "{}", section.name);
        for setting in section.list(&settings) {
            // A setting without a default stays commented out.
            let is_taken = setting.source != Source::Default;
            assert_eq!(is_taken, !setting.default.is_null(), "{}", setting.key.dotted());
            assert_eq!(setting.value, setting.default, "{}", setting.key.dotted());
            assert!(!setting.about.is_empty(), "{} has no description", setting.key.dotted());
        }
    }
}
