//! docs/settings.md and docs/boxoffice.toml are generated from the declarations of the settings.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use boxoffice_settings::{
    CONFIG_FILE_VARIABLE, File, Setting, Settings, Source, markdown_table, options_markdown_table,
};

use crate::{generated::check, walls::root};

const BEGIN: &str = "<!-- settings: generated from the code -->\n";
const END: &str = "<!-- end of settings -->\n";

/// The variables of a section.
pub fn variables(section: &str) -> BTreeSet<String> {
    let known = boxoffice::sections().into_iter().filter(|known| known.name == section);
    known.flat_map(|known| known.list(&Settings::default())).map(|setting| setting.key.variable()).collect()
}

/// The variables that a page mentions.
fn named(page: &str) -> BTreeSet<String> {
    let words = page.split(|char: char| !(char.is_ascii_uppercase() || char == '_'));
    words
        .filter(|word| word.strip_prefix("BOXOFFICE_").is_some_and(|name| !name.is_empty()))
        .map(str::to_owned)
        .collect()
}

/// A table for the command-line options, then one for each section.
fn tables() -> String {
    let settings = boxoffice::settings();
    let sections = boxoffice::sections();
    let of_section = |name: &str| settings.iter().filter(|setting| setting.key.section == name).cloned().collect();
    let is_option = |setting: &&Setting| sections.iter().all(|section| section.name != setting.key.section);
    let options: Vec<Setting> = settings.iter().filter(is_option).cloned().collect();
    let mut text = format!("\n## Command-line options\n\n{}", options_markdown_table(&options));
    for section in &sections {
        let settings: Vec<Setting> = of_section(section.name);
        write!(text, "\n## {}\n\n{}", section.name, markdown_table(&settings)).expect("a write to a string succeeds");
    }
    text
}

#[test]
fn the_page_lists_every_setting_with_its_default_and_meaning() {
    let page = fs::read_to_string(root().join("docs/settings.md")).expect("the page exists");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the mark where the tables begin");
    let (_, after) = rest.split_once(END).expect("the page has the mark where the tables end");
    let expected = format!("{before}{BEGIN}{}\n{END}{after}", tables());
    check("settings.md", &expected, "settings");
    let known: BTreeSet<String> = boxoffice::settings()
        .iter()
        .map(|setting| setting.key.variable())
        .chain([CONFIG_FILE_VARIABLE.to_owned()])
        .collect();
    assert!(known.len() > 30, "hardly a setting is known: {known:?}");
    assert_eq!(named(&expected), known, "docs/settings.md");
}

#[test]
fn the_sample_configuration_matches_the_program_and_is_valid() {
    let sample = boxoffice::sample();
    check("boxoffice.toml", &sample, "settings");
    // Uncomments each setting that has a default.
    let uncommented = sample.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') && !setting.ends_with('=') => setting,
        _ => line,
    });
    let file = File::parse(Path::new("boxoffice.toml"), &uncommented.collect::<Vec<_>>().join("\n"))
        .expect("the sample is TOML");
    let settings = Settings::default().with_file(file);
    for section in boxoffice::sections() {
        assert_eq!(section.errors(&settings), [], "{}", section.name);
        for setting in section.list(&settings) {
            // A setting without a default stays commented out.
            let is_set = setting.source != Source::Default;
            assert_eq!(is_set, !setting.default.is_null(), "{}", setting.key.dotted());
            assert_eq!(setting.value, setting.default, "{}", setting.key.dotted());
            assert!(!setting.about.is_empty(), "{} has no doc comment", setting.key.dotted());
        }
    }
}
