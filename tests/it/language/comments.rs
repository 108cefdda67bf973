//! Doc comments are longer than three words.

use super::text_files;
use crate::walls::assert_none;

/// The longest doc comment that is too short, in words.
const TOO_SHORT: usize = 3;

/// The doc comments of a source file: the line on which each one starts, and its text.
fn doc_comments(source: &str) -> Vec<(usize, String)> {
    let mut comments: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (number, line) in (1..).zip(source.lines()) {
        let Some(text) = line.trim_start().strip_prefix("///").filter(|text| !text.starts_with('/')) else {
            is_open = false;
            continue;
        };
        if !is_open {
            comments.push((number, String::new()));
        }
        is_open = true;
        if let Some((_, comment)) = comments.last_mut() {
            comment.push_str(text);
            comment.push('\n');
        }
    }
    comments
}

#[test]
fn every_doc_comment_has_more_than_three_words() {
    let sources = text_files(&[".rs"]);
    assert!(sources.len() > 200, "the sources were not found");
    let mut violations = Vec::new();
    for source in &sources {
        for (line, comment) in doc_comments(&source.text) {
            if comment.split_whitespace().count() <= TOO_SHORT {
                violations.push(format!("{}:{line}: {}", source.path, comment.trim()));
            }
        }
    }
    assert_none("doc comments of three words or fewer", &violations);
}

#[test]
fn the_lines_of_a_doc_comment_are_one_comment() {
    let source = "/// One two\n/// three four.\nfn a() {}\n    /// Five.\n    //// no\n    b: u8,";
    let comments: Vec<_> =
        doc_comments(source).into_iter().map(|(line, text)| (line, text.trim().to_owned())).collect();
    assert_eq!(comments, [(1, "One two\n three four.".to_owned()), (4, "Five.".to_owned())]);
}
