//! docs/settings.md lists every setting with its default; docs/boxoffice.toml is the output of the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use boxoffice_settings::{CONFIG_FILE_VARIABLE, File, Settings, Source};
use serde_json::Value;

use crate::walls::root;

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

#[test]
fn the_page_lists_every_setting_with_its_default() {
    let page = fs::read_to_string(root().join("docs/settings.md")).expect("the page is there");
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
    let kept = fs::read_to_string(&path).expect("the page is there");
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
