//! Organizers read the resources of other organizers and cannot change them, for every operation.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    fixture::{Fixture, assert_none, problem, request},
    openapi::{Document, Operation},
};

/// A member of another organizer.
const OSCAR: (&str, &str) = ("oscar", "organizer");

/// Operations on resources of organizer 1, which the path or the `organizerId` of the body names.
fn is_of_organizer(operation: &Operation) -> bool {
    operation.scope.as_deref() == Some("organizer")
        && (operation.path.contains('{') || operation.body.is_some() && operation.path != "/api/v1/organizers")
}

#[tokio::test]
async fn organizers_cannot_change_events_of_others() {
    let mut fixture = Fixture::open().await;
    fixture.system.send_until_done(OSCAR, Method::POST, "/api/v1/organizers", json!({"name": "Other"})).await;
    let document = Document::of(&fixture.system).await;
    let (before, mut violations, mut count) = (fixture.contents().await, Vec::new(), 0);
    let token = fixture.system.token(OSCAR);
    for operation in document.operations().iter().filter(|operation| is_of_organizer(operation)) {
        let mut body = operation.body.as_ref().map_or(Value::Null, |schema| document.example(schema));
        if !operation.path.contains('{') {
            body["organizerId"] = json!(1);
        }
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer =
            fixture.system.send_request(request(Some(&token), operation, &fixture.path(operation), text)).await;
        let name = operation.name();
        if !matches!(answer.status.as_u16(), 403 | 404) {
            violations.push(format!("{name}: {} {}", answer.status, answer.body));
        }
        violations.extend(problem(&answer, &name));
        count += 1;
    }
    assert_none(&violations);
    assert!(count >= 7, "{count} operations are too few");
    assert_eq!(fixture.contents().await, before);
}
