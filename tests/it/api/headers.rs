//! Malformed headers, for every operation.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request},
};

use super::{
    fixture::{ALL, Fixture, assert_none, problem, request},
    openapi::{Document, Operation},
};
use crate::system::TestResponse;

/// Malformed values of headers. An operation that documents the header refuses them with 400 and names the header.
fn malformed() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let one = |value: &str| vec![value.as_bytes().to_vec()];
    vec![
        ("Idempotency-Key", one("")),
        ("Idempotency-Key", one(&"k".repeat(256))),
        ("Idempotency-Key", one("two words")),
        ("Idempotency-Key", vec![b"\xff\xfe".to_vec()]),
        ("Idempotency-Key", vec!["schlüssel".as_bytes().to_vec()]),
        ("Idempotency-Key", vec![b"one".to_vec(), b"two".to_vec()]),
        ("If-Match", one("")),
        ("If-Match", one("1")),
        ("If-Match", one("\"1")),
        ("If-Match", one("\"1\" \"2\"")),
        ("If-Match", one("*, \"1\"")),
        ("If-Match", vec![b"\"\xff\" x".to_vec()]),
    ]
}

/// Malformed values of headers that operations ignore.
const IGNORED: &[(&str, &str)] = &[
    ("prefer", ""),
    ("prefer", "wait"),
    ("prefer", "wait="),
    ("prefer", "wait=-1"),
    ("prefer", "wait=x"),
    ("prefer", "wait=99999999999999999999999"),
    ("prefer", "=;,;==,wait==\"\"1"),
    ("traceparent", "nonsense"),
    ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"),
    ("x-request-id", ""),
    ("x-request-id", "two words"),
    ("accept-language", "*;q=x"),
    ("range", "bytes=x-"),
    ("if-none-match", "x"),
    ("if-modified-since", "yesterday"),
];

fn set(request: &mut Request<Body>, name: &str, values: &[Vec<u8>]) {
    let name: HeaderName = name.parse().unwrap();
    request.headers_mut().remove(&name);
    for value in values {
        request.headers_mut().append(&name, HeaderValue::from_bytes(value).unwrap());
    }
}

fn has(operation: &Operation, header: &str) -> bool {
    operation.parameters.iter().any(|parameter| {
        parameter["in"] == "header" && parameter["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(header))
    })
}

fn is_named(answer: &TestResponse, header: &str) -> bool {
    answer.body["errors"][0]["field"].as_str().is_some_and(|field| field.eq_ignore_ascii_case(header))
}

#[tokio::test]
async fn malformed_headers_are_refused_by_name() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let token = fixture.system.token(ALL);
    let (before, mut violations, mut count) = (fixture.contents().await, Vec::new(), 0);
    for operation in document.operations() {
        let body = operation.body.as_ref().map(|schema| document.example(schema).to_string()).unwrap_or_default();
        for (header, values) in malformed().into_iter().filter(|(header, _)| has(&operation, header)) {
            let mut request = request(Some(&token), &operation, &fixture.path(&operation), body.clone());
            set(&mut request, header, &values);
            let what = format!("{} with {header}: {:?}", operation.name(), String::from_utf8_lossy(&values[0]));
            let answer = fixture.system.send_request(request).await;
            if answer.status != 400 || !is_named(&answer, header) {
                violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            violations.extend(problem(&answer, &what));
            count += 1;
        }
    }
    assert_none(&violations);
    assert!(count >= 6 * 8, "{count} requests are too few");
    assert_eq!(fixture.contents().await, before);
}

/// The headers change neither the response to a read nor the refusal of an invalid body.
#[tokio::test]
async fn an_unknown_preference_is_ignored() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let token = fixture.system.token(ALL);
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    for operation in document.operations() {
        let is_read = operation.method == "GET";
        if !is_read && operation.body.is_none() {
            continue;
        }
        let path = fixture.path(&operation);
        let of = || request(Some(&token), &operation, &path, if is_read { "" } else { r#"{"surprise": 1}"# });
        let plain = fixture.system.send_request(of()).await.status;
        for (header, value) in IGNORED {
            let mut request = of();
            set(&mut request, header, &[value.as_bytes().to_vec()]);
            let answer = fixture.system.send_request(request).await;
            if answer.status != plain || answer.status.is_server_error() {
                violations.push(format!("{} with {header}: {value}: {} for {plain}", operation.name(), answer.status));
            }
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}

/// Exactly one `Authorization` header with the scheme `Bearer` and one token.
#[tokio::test]
async fn a_request_has_one_bearer_token() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let token = fixture.system.token(ALL);
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    let headers: Vec<Vec<String>> = vec![
        vec![token.clone()],
        vec![format!("Basic {token}")],
        vec![format!("Bearer{token}")],
        vec!["Bearer".to_owned()],
        vec![format!("Bearer {token}"), format!("Bearer {token}")],
        vec![format!("Bearer {token} {token}")],
        vec![format!("Bearer {token},Bearer {token}")],
    ];
    for operation in document.operations() {
        let body = operation.body.as_ref().map(|schema| document.example(schema).to_string()).unwrap_or_default();
        for values in &headers {
            let mut request = request(None, &operation, &fixture.path(&operation), body.clone());
            let values: Vec<_> = values.iter().map(|value| value.as_bytes().to_vec()).collect();
            set(&mut request, "authorization", &values);
            let answer = fixture.system.send_request(request).await;
            if answer.status != 401 {
                violations.push(format!("{}: {} {}", operation.name(), answer.status, answer.body));
            }
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}
