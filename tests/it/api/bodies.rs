//! Invalid request bodies, for every operation.

use axum::body::Body;
use serde_json::{Value, json};

use super::{
    fixture::{ALL, Fixture, assert_none, problem, request},
    openapi::{Document, Operation},
};
use crate::system::TestResponse;

/// Each of these may stand in the place of any field, as JSON.
fn intruders() -> Vec<(&'static str, String)> {
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
fn spelled(pointer: &str) -> String {
    let steps = pointer.trim_start_matches('/').split('/');
    steps.fold(String::new(), |path, step| match (step.parse::<usize>(), path.as_str()) {
        (Ok(index), _) => format!("{path}[{index}]"),
        (Err(_), "") => step.to_owned(),
        (Err(_), _) => format!("{path}.{step}"),
    })
}

/// `example` with `value`, which is JSON, at `pointer`; lists and objects on the way are made.
fn with(example: &Value, pointer: &str, value: &str) -> String {
    const MARK: &str = "the value goes here";
    let mut body = example.clone();
    let mut place = &mut body;
    for step in pointer.trim_start_matches('/').split('/') {
        place = if step == "0" {
            if !place.is_array() {
                *place = json!([{}]);
            }
            &mut place[0]
        } else {
            &mut place[step]
        };
    }
    *place = MARK.into();
    body.to_string().replace(&format!("{MARK:?}"), value)
}

/// Whether one of the fields that the problem names is the one at `pointer`, or one around or in it.
fn names(answer: &TestResponse, pointer: &str) -> bool {
    let wanted = spelled(pointer);
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    let mut named = errors.filter_map(|error| error["field"].as_str());
    named.any(|field| wanted.starts_with(field) || field.starts_with(&wanted))
}

/// What is good in its place after all.
fn may_be(pointer: &str, is_nullable: bool, intruder: &str) -> bool {
    let name = pointer.rsplit('/').next().unwrap();
    match intruder {
        "null" => is_nullable,
        "a text" => ["name", "description", "address", "note", "slug", "subject", "timeZone"].contains(&name),
        "nothing" => ["description", "address", "note"].contains(&name),
        "0" => ["price", "after", "overlapSeconds"].contains(&name),
        "true" => ["read", "dryRun"].contains(&name),
        _ => false,
    }
}

struct Inspection {
    here: Fixture,
    document: Document,
    token: String,
    shown: Vec<Value>,
    wrong: Vec<String>,
}

impl Inspection {
    async fn begin() -> Self {
        let here = Fixture::open().await;
        let document = Document::of(&here.system).await;
        let (token, shown) = (here.system.token(ALL), here.shown().await);
        Self { here, document, token, shown, wrong: Vec::new() }
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
        let path = self.here.path(operation);
        // Whoever acts for several organizers has to name one: those that are made here are another's.
        let nora = self.here.system.token(("nora", ALL.1));
        let token = if operation.path == "/api/v1/organizers" { &nora } else { &self.token };
        self.here.system.send_request(request(Some(token), operation, &path, body)).await
    }

    /// A refusal has changed nothing.
    async fn expect_refused(&mut self, answer: &TestResponse, what: &str) {
        self.wrong.extend(problem(answer, what));
        let shown = self.here.shown().await;
        if shown != self.shown {
            self.wrong.push(format!("{what}: something has changed"));
            self.shown = shown;
        }
    }

    async fn end(mut self) {
        let findings = self.here.system.settle().await;
        assert!(findings.all_hold());
        assert_none(&self.wrong);
    }
}

#[tokio::test]
async fn every_field_is_validated() {
    let mut inspection = Inspection::begin().await;
    for (operation, schema, example) in inspection.with_bodies() {
        for pointer in inspection.document.fields(&schema) {
            for (intruder, value) in intruders() {
                let what = format!("{}: {intruder} in {}", operation.name(), spelled(&pointer));
                let answer = inspection.send(&operation, with(&example, &pointer, &value)).await;
                if answer.status.is_success() {
                    if !may_be(&pointer, inspection.document.is_nullable(&schema, &pointer), intruder) {
                        inspection.wrong.push(format!("{what} is accepted"));
                    }
                    inspection.here.system.settle().await;
                    inspection.shown = inspection.here.shown().await;
                    continue;
                }
                // What does not fit JSON, or is too deep, has no field.
                let is_json = !matches!(intruder, "a deep list" | "half a character");
                if answer.status == 400 && is_json && !names(&answer, &pointer) {
                    inspection.wrong.push(format!("{what}: the field is not named: {}", answer.body));
                }
                inspection.expect_refused(&answer, &what).await;
            }
        }
    }
    inspection.end().await;
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    let mut inspection = Inspection::begin().await;
    for (operation, schema, example) in inspection.with_bodies() {
        let mut places: Vec<String> = vec![String::new()];
        let fields = inspection.document.fields(&schema);
        places.extend(fields.iter().filter_map(|field| field.rsplit_once("/0/")).map(|(list, _)| format!("{list}/0")));
        places.dedup();
        for place in places.iter().filter(|place| place.is_empty() || example.pointer(place).is_some()) {
            let pointer = format!("{place}/surprise");
            let what = format!("{}: {}", operation.name(), spelled(&pointer));
            let answer = inspection.send(&operation, with(&example, &pointer, "1")).await;
            let named = answer.body["errors"][0]["field"] == spelled(&pointer);
            if answer.status != 400 || !named || answer.body["errors"][0]["code"] != "unknown" {
                inspection.wrong.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            inspection.expect_refused(&answer, &what).await;
        }
    }
    inspection.end().await;
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let mut inspection = Inspection::begin().await;
    for (operation, _, example) in inspection.with_bodies() {
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
            let answer = inspection.send(&operation, body).await;
            if answer.status != status {
                inspection.wrong.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            inspection.expect_refused(&answer, &what).await;
        }
        for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")] {
            let what = format!("{}: as {media_type:?}", operation.name());
            let path = inspection.here.path(&operation);
            let mut request = request(Some(&inspection.token), &operation, &path, example.to_string());
            request.headers_mut().remove("content-type");
            if let Some(media_type) = media_type {
                request.headers_mut().insert("content-type", media_type.parse().unwrap());
            }
            let answer = inspection.here.system.send_request(request).await;
            if answer.status != 415 {
                inspection.wrong.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            inspection.expect_refused(&answer, &what).await;
        }
    }
    inspection.end().await;
}
