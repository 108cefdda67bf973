//! docs/features.md lists every feature once, and names existing tests for every feature that is done.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    str::FromStr,
};

use proc_macro2::{TokenStream, TokenTree};

use crate::walls::root;

/// Each section and its last number.
const SECTIONS: &[(&str, u32)] = &[
    ("A", 15),
    ("B", 6),
    ("C", 9),
    ("D", 8),
    ("E", 17),
    ("F", 12),
    ("G", 21),
    ("H", 14),
    ("I", 8),
    ("J", 2),
    ("K", 10),
    ("L", 11),
    ("M", 6),
    ("N", 9),
];
/// Ids that no feature has.
const MISSING: &[&str] = &["A12"];
/// The folders of tests that use an interface of the system, the program or a service.
const INTERFACE_TESTS: &[&str] = &["tests/it/", "app/tests/it/", "services/"];

/// A row of the page.
struct Row {
    id: String,
    state: String,
    /// `path::name` of each test.
    tests: Vec<(String, String)>,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/features.md")).expect("the page is there");
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let table = page.lines().filter(|line| line.starts_with("| ")).map(cells);
    let is_id = |id: &str| id.starts_with(|char: char| char.is_ascii_uppercase()) && id[1..].parse::<u32>().is_ok();
    table
        .filter(|cells| is_id(&cells[0]))
        .map(|cells| {
            let [id, _, state, tests] = <[String; 4]>::try_from(cells).expect("a row has four cells");
            let named = tests.split('`').skip(1).step_by(2).filter_map(|test| test.split_once("::"));
            Row { id, state, tests: named.map(|(file, name)| (file.to_owned(), name.to_owned())).collect() }
        })
        .collect()
}

/// The names of the test functions in a file; none if the file does not exist.
pub fn tests_of(file: &str) -> BTreeSet<String> {
    let Ok(source) = fs::read_to_string(root().join(file)) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    collect(TokenStream::from_str(&source).expect("rustc reads it, so it has tokens"), &mut found);
    found
}

/// The name after `fn` that comes next after an attribute whose last word is `test`.
fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let (mut is_test, mut after_fn) = (false, false);
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let attribute = group.stream().to_string();
                let head = attribute.split('(').next().unwrap_or_default().trim();
                is_test |= head == "test" || head.ends_with(":: test");
                collect(group.stream(), found);
            }
            TokenTree::Ident(word) if word == "fn" => after_fn = true,
            TokenTree::Ident(word) if after_fn => {
                if is_test {
                    found.insert(word.to_string());
                }
                (is_test, after_fn) = (false, false);
            }
            _ => {}
        }
    }
}

#[test]
fn every_feature_is_listed_once() {
    let all = SECTIONS.iter().flat_map(|(section, last)| (1..=*last).map(move |number| format!("{section}{number}")));
    let expected: Vec<_> = all.filter(|id| !MISSING.contains(&id.as_str())).collect();
    let found: Vec<_> = rows().into_iter().map(|row| row.id).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_named_test_exists() {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut missing = Vec::new();
    for Row { id, tests, .. } in rows() {
        for (file, name) in tests {
            let known = files.entry(file.clone()).or_insert_with(|| tests_of(&file));
            if !known.contains(&name) {
                missing.push(format!("{id}: {file} has no test {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(files.len() > 20, "{} files are too few", files.len());
}

#[test]
fn every_done_feature_has_a_test_through_an_interface() {
    for Row { id, state, tests } in rows() {
        match state.as_str() {
            "done" | "partly" => {
                let through =
                    tests.iter().any(|(file, _)| INTERFACE_TESTS.iter().any(|folder| file.starts_with(folder)));
                assert!(through, "{id} is {state}, and no test shows it through an interface");
            }
            "later" => assert!(tests.is_empty(), "{id} has tests, so it is more than {state}"),
            "open" => {}
            other => panic!("{id} is {other}"),
        }
    }
}

#[test]
fn test_functions_are_recognized() {
    let mut found = BTreeSet::new();
    let source = "#[test] fn one() {} fn two() {} #[tokio::test(flavor = \"x\")] async fn three() { fn four() {} } \
                  mod inner { #[test] #[should_panic] fn five() {} #[cfg(test)] fn six() {} }";
    collect(TokenStream::from_str(source).unwrap(), &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["five", "one", "three"]);
}
