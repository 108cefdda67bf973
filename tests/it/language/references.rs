//! Documents name only files, crates and tests that exist.

use std::collections::{BTreeMap, BTreeSet};

use super::{TextFile, text_files};
use crate::{
    features::tests_of,
    walls::{assert_none, package_names},
};

/// Names that begin like a crate of the workspace and are none, each with what it is.
const OTHER_NAMES: &[(&str, &str)] = &[];

/// The documents: Markdown files, and the docs at the beginning of each source file.
fn documents() -> Vec<TextFile> {
    let markdown = text_files(&[".md"]);
    let sources = text_files(&[".rs"]).into_iter().map(|TextFile { path, text }| {
        let docs: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
        TextFile { path, text: docs.join("\n") }
    });
    markdown.into_iter().chain(sources).collect()
}

/// The text between backticks, line by line.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Whether `path`, from the root of the workspace or from a folder in it, is a file.
fn exists(path: &str, files: &BTreeSet<String>) -> bool {
    let end = format!("/{path}");
    files.contains(path) || files.iter().any(|file| file.ends_with(&end))
}

#[test]
fn documents_name_existing_source_files() {
    let files: BTreeSet<String> = text_files(&[".rs"]).into_iter().map(|file| file.path).collect();
    let mut violations = Vec::new();
    for document in documents() {
        let paths = code(&document.text).map(|text| text.split("::").next().unwrap_or_default());
        let paths = paths.filter(|text| text.ends_with(".rs") && text.contains('/'));
        let plain = |path: &&str| path.chars().all(|char| char.is_ascii_alphanumeric() || "/_-.".contains(char));
        // A part in capitals, such as `SERVICE`, stands for any name.
        let is_pattern = |path: &&str| path.split(['/', '.']).any(|part| part.chars().all(|char| char.is_uppercase()));
        let missing = paths.filter(plain).filter(|path| !is_pattern(path)).filter(|path| !exists(path, &files));
        violations.extend(missing.map(|path| format!("{}: {path}", document.path)));
    }
    assert_none("documents that name a missing file", &violations);
}

#[test]
fn documents_name_existing_crates() {
    let names = package_names();
    let is_known = |name: &str| names.contains(name) || OTHER_NAMES.iter().any(|(other, _)| *other == name);
    let mut violations = Vec::new();
    for document in documents() {
        for (start, _) in document.text.match_indices("boxoffice-") {
            let name = document.text[start..].split(|char: char| !char.is_ascii_lowercase() && char != '-');
            let name = name.into_iter().next().unwrap_or_default();
            let is_inside_a_word = document.text[..start].ends_with(|char: char| char.is_alphanumeric() || char == '-');
            let is_whole = !is_inside_a_word && !name.ends_with('-');
            if is_whole && !is_known(name) {
                violations.push(format!("{}: {name}", document.path));
            }
        }
    }
    assert_none("documents that name a missing crate", &violations);
}

#[test]
fn documents_name_existing_tests() {
    let mut tests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut violations = Vec::new();
    for document in documents() {
        for (file, name) in code(&document.text).filter_map(|text| text.split_once(".rs::")) {
            let file = format!("{file}.rs");
            let known = tests.entry(file.clone()).or_insert_with(|| tests_of(&file));
            if !known.contains(name) {
                violations.push(format!("{}: {file} has no test {name}", document.path));
            }
        }
    }
    assert_none("documents that name a missing test", &violations);
}
