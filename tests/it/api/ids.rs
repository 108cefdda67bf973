//! Malformed and unknown ids in paths.

use super::{
    fixture::{ALL, Fixture, assert_none, problem, request},
    openapi::Document,
};

/// Texts that are an id of no kind.
const MALFORMED: [&str; 12] = [
    "x",
    "-1",
    "0",
    "1.5",
    "1e3",
    "9223372036854775808",
    "%00",
    "%FF",
    "1%20",
    "null",
    "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2",
    "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2dd",
];

#[tokio::test]
async fn malformed_ids_are_refused() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let token = fixture.system.token(ALL);
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    for operation in document.operations() {
        let body = operation.body.as_ref().map(|schema| document.example(schema).to_string()).unwrap_or_default();
        let named: Vec<_> =
            operation.path_parameters().map(|(name, schema)| (name.to_owned(), schema.clone())).collect();
        for (name, schema) in named {
            if schema["type"] == "string" && schema["format"].is_null() {
                continue;
            }
            for id in MALFORMED.iter().copied().chain([&*"7".repeat(300)]) {
                let whole = fixture.path(&operation);
                let known = operation.path.split('/').zip(whole.split('/'));
                let brace = format!("{{{name}}}");
                let path: Vec<_> = known.map(|(shape, known)| if shape == brace { id } else { known }).collect();
                let what = format!("{} with {name} {}", operation.name(), &id[..id.len().min(50)]);
                let answer =
                    fixture.system.send_request(request(Some(&token), &operation, &path.join("/"), body.clone())).await;
                violations.extend(problem(&answer, &what));
                // Any number is a valid position, so an unknown one is not found.
                let is_number = name == "position" && id.parse::<i64>().is_ok();
                if !(answer.status == 400 || answer.status == 404 && is_number) {
                    violations.push(format!("{what}: {} {}", answer.status, answer.body));
                }
            }
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let token = fixture.system.token(ALL);
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    for operation in document.operations().iter().filter(|operation| operation.path.contains('{')) {
        let body = operation.body.as_ref().map(|schema| document.example(schema).to_string()).unwrap_or_default();
        let of = |name: &str| {
            let schema = operation.path_parameters().find(|(known, _)| *known == name).unwrap().1;
            if schema["format"] == "uuid" { uuid::Uuid::from_u128(7).to_string() } else { "424242".to_owned() }
        };
        let answer = fixture.system.send_request(request(Some(&token), operation, &operation.filled(of), body)).await;
        if answer.status != 404 {
            violations.push(format!("{}: {} {}", operation.name(), answer.status, answer.body));
        } else {
            violations.extend(problem(&answer, &operation.name()));
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}
