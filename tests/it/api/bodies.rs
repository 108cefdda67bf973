//! Invalid request bodies, for every operation.

use axum::body::Body;
use serde_json::{Value, json};

use super::{
    fixture::{ALL, Fixture, assert_none, problem, request},
    openapi::{Document, Operation},
};
use crate::system::TestResponse;

/// JSON values that replace each field in turn, with a description.
fn invalid_values() -> Vec<(&'static str, String)> {
    vec![
        ("null", "null".into()),
        ("a text", r#""text""#.into()),
        ("-1", "-1".into()),
        ("0", "0".into()),
        ("1e30", "1e30".into()),
        ("2^63", "9223372036854775808".into()),
        ("nothing", r#""""#.into()),
        ("20,000 characters", format!("{:?}", "x".repeat(20_000))),
        ("true", "true".into()),
        ("an object", r#"{"a": 1}"#.into()),
        ("a list", "[7]".into()),
        ("U+0000", r#""a\u0000b""#.into()),
        ("half a character", r#""\ud800""#.into()),
        ("a deep list", "[".repeat(5000) + &"]".repeat(5000)),
    ]
}

/// Converts a JSON pointer to a field name: `/lines/0/quantity` to `lines[0].quantity`.
fn field_name(pointer: &str) -> String {
    let steps = pointer.trim_start_matches('/').split('/');
    steps.fold(String::new(), |path, step| match (step.parse::<usize>(), path.as_str()) {
        (Ok(index), _) => format!("{path}[{index}]"),
        (Err(_), "") => step.to_owned(),
        (Err(_), _) => format!("{path}.{step}"),
    })
}

/// `example` with the JSON text `value` at `pointer`; creates missing lists and objects on the path.
fn with(example: &Value, pointer: &str, value: &str) -> String {
    const MARK: &str = "the value goes here";
    let mut body = example.clone();
    let mut target = &mut body;
    for step in pointer.trim_start_matches('/').split('/') {
        target = if step == "0" {
            if !target.is_array() {
                *target = json!([{}]);
            }
            &mut target[0]
        } else {
            &mut target[step]
        };
    }
    *target = MARK.into();
    body.to_string().replace(&format!("{MARK:?}"), value)
}

/// Whether the problem names the field at `pointer`, a field that contains it, or a field inside it.
fn names(answer: &TestResponse, pointer: &str) -> bool {
    let expected = field_name(pointer);
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    let mut named = errors.filter_map(|error| error["field"].as_str());
    named.any(|field| expected.starts_with(field) || field.starts_with(&expected))
}

/// Whether the value is valid for the field.
fn is_valid(pointer: &str, is_nullable: bool, invalid_value: &str) -> bool {
    let name = pointer.rsplit('/').next().unwrap();
    match invalid_value {
        "null" => is_nullable,
        "a text" => ["name", "description", "address", "note", "slug", "subject", "timeZone"].contains(&name),
        "nothing" => ["description", "address", "note"].contains(&name),
        "0" => ["price", "after", "overlapSeconds"].contains(&name),
        "true" => ["read", "dryRun"].contains(&name),
        _ => false,
    }
}

struct BodyCheck {
    fixture: Fixture,
    document: Document,
    token: String,
    contents: Vec<Value>,
    violations: Vec<String>,
}

impl BodyCheck {
    async fn begin() -> Self {
        let fixture = Fixture::open().await;
        let document = Document::of(&fixture.system).await;
        let (token, contents) = (fixture.system.token(ALL), fixture.contents().await);
        Self { fixture, document, token, contents, violations: Vec::new() }
    }

    /// Operations with a body, their schemas and examples.
    fn with_bodies(&self) -> Vec<(Operation, Value, Value)> {
        let all = self.document.operations().into_iter();
        all.filter_map(|operation| {
            let schema = operation.body.clone()?;
            let example = self.document.example(&schema);
            Some((operation, schema, example))
        })
        .collect()
    }

    async fn send(&self, operation: &Operation, body: impl Into<Body>) -> TestResponse {
        let path = self.fixture.path(operation);
        // A member of several organizers must name one, so another subject creates the organizers.
        let nora = self.fixture.system.token(("nora", ALL.1));
        let token = if operation.path == "/api/v1/organizers" { &nora } else { &self.token };
        self.fixture.system.send_request(request(Some(token), operation, &path, body)).await
    }

    /// Records a violation unless the request was refused and changed nothing.
    async fn expect_refused(&mut self, answer: &TestResponse, what: &str) {
        self.violations.extend(problem(answer, what));
        let contents = self.fixture.contents().await;
        if contents != self.contents {
            self.violations.push(format!("{what}: the refused request changed data"));
            self.contents = contents;
        }
    }

    async fn end(mut self) {
        let findings = self.fixture.system.settle().await;
        assert!(findings.all_hold());
        assert_none(&self.violations);
    }
}

#[tokio::test]
async fn every_field_is_validated() {
    let mut check = BodyCheck::begin().await;
    for (operation, schema, example) in check.with_bodies() {
        for pointer in check.document.fields(&schema) {
            for (invalid_value, value) in invalid_values() {
                let what = format!("{}: {invalid_value} in {}", operation.name(), field_name(&pointer));
                let answer = check.send(&operation, with(&example, &pointer, &value)).await;
                if answer.status.is_success() {
                    if !is_valid(&pointer, check.document.is_nullable(&schema, &pointer), invalid_value) {
                        check.violations.push(format!("{what} is accepted"));
                    }
                    check.fixture.system.settle().await;
                    check.contents = check.fixture.contents().await;
                    continue;
                }
                // A body that is no JSON, or is nested too deeply, has no field to name.
                let is_json = !matches!(invalid_value, "a deep list" | "half a character");
                if answer.status == 400 && is_json && !names(&answer, &pointer) {
                    check.violations.push(format!("{what}: the field is not named: {}", answer.body));
                }
                check.expect_refused(&answer, &what).await;
            }
        }
    }
    check.end().await;
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    let mut check = BodyCheck::begin().await;
    for (operation, schema, example) in check.with_bodies() {
        let mut objects: Vec<String> = vec![String::new()];
        let fields = check.document.fields(&schema);
        objects.extend(fields.iter().filter_map(|field| field.rsplit_once("/0/")).map(|(list, _)| format!("{list}/0")));
        objects.dedup();
        for object in objects.iter().filter(|object| object.is_empty() || example.pointer(object).is_some()) {
            let pointer = format!("{object}/surprise");
            let what = format!("{}: {}", operation.name(), field_name(&pointer));
            let answer = check.send(&operation, with(&example, &pointer, "1")).await;
            let named = answer.body["errors"][0]["field"] == field_name(&pointer);
            if answer.status != 400 || !named || answer.body["errors"][0]["code"] != "unknown" {
                check.violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            check.expect_refused(&answer, &what).await;
        }
    }
    check.end().await;
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let mut check = BodyCheck::begin().await;
    for (operation, _, example) in check.with_bodies() {
        let mut large = example.to_string();
        large.push_str(&" ".repeat(64 * 1024));
        let deep = r#"{"a":"#.repeat(3000) + "1" + &"}".repeat(3000);
        let cut = example.to_string();
        let bodies: Vec<(&str, Vec<u8>, u16)> = vec![
            ("no JSON", b"hello".to_vec(), 400),
            ("nothing", Vec::new(), 400),
            ("a list", b"[]".to_vec(), 400),
            ("a list of it", format!("[{example}]").into_bytes(), 400),
            ("a text", b"\"text\"".to_vec(), 400),
            ("null", b"null".to_vec(), 400),
            ("half of it", cut.as_bytes()[..cut.len() - 1].to_vec(), 400),
            ("twice", format!("{example}{example}").into_bytes(), 400),
            ("no UTF-8", b"{\"name\": \"\xff\"}".to_vec(), 400),
            ("deep", deep.into_bytes(), 400),
            ("large", large.into_bytes(), 413),
        ];
        for (what, body, status) in bodies {
            let what = format!("{}: {what}", operation.name());
            let answer = check.send(&operation, body).await;
            if answer.status != status {
                check.violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            check.expect_refused(&answer, &what).await;
        }
        for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")] {
            let what = format!("{}: as {media_type:?}", operation.name());
            let path = check.fixture.path(&operation);
            let mut request = request(Some(&check.token), &operation, &path, example.to_string());
            request.headers_mut().remove("content-type");
            if let Some(media_type) = media_type {
                request.headers_mut().insert("content-type", media_type.parse().unwrap());
            }
            let answer = check.fixture.system.send_request(request).await;
            if answer.status != 415 {
                check.violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            check.expect_refused(&answer, &what).await;
        }
    }
    check.end().await;
}
