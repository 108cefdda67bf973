//! Requests without a valid token or without the required scope.

use axum::{
    body::Body,
    http::{Method, Request},
};

use super::{
    fixture::{Fixture, assert_none, problem, request},
    forged_tokens::{ALL_SCOPES, forged_tokens, valid_parts},
    openapi::{Document, Operation},
};
use crate::{journeys::ANN, system::System};

fn body(document: &Document, operation: &Operation) -> String {
    operation.body.as_ref().map(|schema| document.example(schema).to_string()).unwrap_or_default()
}

#[tokio::test]
async fn every_operation_requires_a_valid_token() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let (forger, header, claims) = valid_parts(&fixture.system);
    let again = forger.sign(&header, &claims);
    let known = fixture.system.send_request(
        Request::get("/api/v1/events").header("authorization", format!("Bearer {again}")).body(Body::empty()).unwrap(),
    );
    assert_eq!(known.await.status, 200, "the forger can sign a valid token");
    let tokens = forged_tokens(&fixture.system).await;
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    for operation in document.operations() {
        for (what, token) in &tokens {
            let what = format!("{} with a token {what}", operation.name());
            let path = fixture.path(&operation);
            let request = request(token.as_deref(), &operation, &path, body(&document, &operation));
            let answer = fixture.system.send_request(request).await;
            if answer.status != 401 || !answer.headers.contains_key("www-authenticate") {
                violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            violations.extend(problem(&answer, &what));
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn every_operation_requires_its_scope() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    for operation in document.operations() {
        let insufficient: &[&str] = match operation.scope.as_deref() {
            None => &[],
            Some("customer") => &["", "organizer"],
            Some("organizer") => &["", "customer"],
            Some("operator") => &["", "customer", "customer organizer"],
            Some(other) => panic!("{} requires the unknown scope {other}", operation.name()),
        };
        // olga is a member of organizer 1, and ann owns the resources of the paths: only the scope is missing.
        for (subject, scopes) in
            ["ann", "olga"].iter().flat_map(|subject| insufficient.iter().map(move |s| (subject, s)))
        {
            let what = format!("{} by {subject} with scopes {scopes:?}", operation.name());
            let token = fixture.system.token((subject, scopes));
            let path = fixture.path(&operation);
            let request = request(Some(&token), &operation, &path, body(&document, &operation));
            let answer = fixture.system.send_request(request).await;
            if answer.status != 403 {
                violations.push(format!("{what}: {} {}", answer.status, answer.body));
            }
            violations.extend(problem(&answer, &what));
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn only_public_operations_work_without_a_token() {
    let system = System::start().await;
    let status = async |path: &str| system.send_request(Request::get(path).body(Body::empty()).unwrap()).await.status;
    for path in [
        "/health",
        "/health/live",
        "/health/ready",
        "/actuator/health",
        "/actuator/prometheus",
        "/api/v1/openapi.json",
        "/docs/",
        "/docs/errors",
        "/docs/bookings/openapi.json",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
    ] {
        assert_eq!(status(path).await, 200, "{path}");
    }
    for path in ["/api/v1/nothing", "/internal/holds", "/internal/users/1", "/api/v1/../internal/users/1", "/nothing"] {
        assert_eq!(status(path).await, 401, "{path}");
        let known = system.get(("otto", ALL_SCOPES), path).await;
        assert_eq!(known.status, 404, "{path}: an undocumented path is not routed: {}", known.body);
    }
    let wrong_method = system.send(ANN, Method::DELETE, "/api/v1/bookings", None, &[]).await;
    assert_eq!(wrong_method.status, 405);
    assert!(wrong_method.headers["allow"].to_str().unwrap().contains("POST"));
}
