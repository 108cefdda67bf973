//! Words that no name and no text contains.

use super::text_files;
use crate::walls::assert_none;

/// Words of the vocabulary that the standard terms replaced, in the singular.
const BANNED: &[&str] =
    &["said", "heard", "ear", "nudge", "neighbour", "neighbor", "errand", "breath", "moody", "town"];

/// Files that contain a banned word for a reason: the file, the word, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[];

/// The file with the list of banned words.
const LIST: &str = "tests/it/language/words.rs";

/// The files that are checked, comments and strings included.
const EXTENSIONS: &[&str] = &[".rs", ".sql", ".md", ".toml", ".json", ".html", ".js", ".sh", ".http"];

/// The words of a text in lower case. Identifiers are split at underscores and at capitals.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lowercase = false;
    for letter in text.chars() {
        let starts = !letter.is_alphabetic() || (letter.is_uppercase() && was_lowercase);
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        was_lowercase = letter.is_lowercase();
        if letter.is_alphabetic() {
            words.last_mut().expect("the list starts with a word").extend(letter.to_lowercase());
        }
    }
    words
}

/// The banned word of which `word` is the singular or the plural.
fn banned(word: &str) -> Option<&'static str> {
    BANNED.iter().copied().find(|banned| word == *banned || word.strip_suffix('s') == Some(banned))
}

#[test]
fn no_name_and_no_text_contains_a_banned_word() {
    let files = text_files(EXTENSIONS);
    assert!(files.len() > 300, "the workspace was not found");
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.path != LIST) {
        for (number, line) in (1..).zip(file.text.lines()) {
            let found = words(line).into_iter().filter_map(|word| banned(&word));
            let is_allowed =
                |word: &str| ALLOWED.iter().any(|(path, allowed, _)| *path == file.path && *allowed == word);
            violations
                .extend(found.filter(|word| !is_allowed(word)).map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    assert_none("banned words", &violations);
}

#[test]
fn every_exception_is_used() {
    let files = text_files(EXTENSIONS);
    let unused = ALLOWED.iter().filter(|(path, allowed, _)| {
        let file = files.iter().find(|file| file.path == *path);
        !file.is_some_and(|file| words(&file.text).iter().any(|word| banned(word) == Some(allowed)))
    });
    assert_none(
        "exceptions without a use",
        &unused.map(|(path, word, _)| format!("{path}: {word}")).collect::<Vec<_>>(),
    );
}

#[test]
fn words_are_split_at_underscores_and_capitals() {
    assert_eq!(words("saidAt, HEARD_BY heard2"), ["said", "at", "heard", "by", "heard", ""]);
    assert_eq!(banned("neighbours"), Some("neighbour"));
    assert!(["year", "exampletown", "nearby"].iter().all(|word| banned(word).is_none()));
}
