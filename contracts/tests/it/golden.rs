//! Golden files with the JSON of every event, compared with what the code serializes.

use std::{fs, path::Path};

use boxoffice_contracts::events::EVENTS;
use boxoffice_envelope::Message;

use crate::samples;

/// Asserts that a generated file is up to date, or regenerates it first when `UPDATE_DOCS=1`.
pub fn check(path: &Path, expected: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "selects a mode of this test and is not configuration of the program"
    )]
    let update = std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1");
    if update {
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        fs::write(path, expected).expect("the file can be written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} differs from the code; `UPDATE_DOCS=1 cargo test -p boxoffice-contracts` regenerates it. Expected:\n{expected}",
        path.display(),
    );
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
}

/// Formats compact JSON over several lines. Unlike a parser, it keeps the order of names and the digits of numbers.
fn pretty(compact: &str) -> String {
    let (mut text, mut depth, mut quoted, mut escaped) = (String::new(), 0, false, false);
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    for char in compact.chars() {
        if quoted {
            text.push(char);
            quoted = escaped || char != '"';
            escaped = !escaped && char == '\\';
            continue;
        }
        match char {
            '{' | '[' => {
                depth += 1;
                text.push(char);
                line(&mut text, depth);
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut text, depth);
                text.push(char);
            }
            ',' => {
                text.push(char);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            _ => {
                quoted = char == '"';
                text.push(char);
            }
        }
    }
    text + "\n"
}

#[test]
fn every_event_serializes_as_its_golden_file() {
    let samples = samples::all();
    let kinds: Vec<_> = samples.iter().map(|message| message.kind.as_ref()).collect();
    let expected: Vec<_> = EVENTS.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, expected, "tests/it/samples.rs has one sample of each event, in order");
    for Message { kind, body, .. } in &samples {
        check(&folder().join(format!("{kind}.json")), &pretty(body));
    }
}

#[test]
fn every_golden_file_belongs_to_an_event() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let kind = path.file_stem().unwrap().to_str().unwrap();
            assert!(EVENTS.iter().any(|event| event.kind == kind), "{} belongs to no event", path.display());
        }
    }
}

#[test]
fn no_event_repeats_a_field_of_the_envelope() {
    for Message { kind, body, .. } in samples::all() {
        for name in ["eventId", "eventType", "timestamp"] {
            assert_eq!(body.matches(&format!("\"{name}\":")).count(), 1, "{name} in {kind}");
        }
    }
}
