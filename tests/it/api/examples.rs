//! The examples of the OpenAPI document are accepted unchanged, and responses match its schemas.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    fixture::{Fixture, OTTO, assert_none, id, line, request},
    openapi::{Document, Operation},
};
use crate::journeys::{ANN, two};

/// The subject and the scope with which the example of an operation is sent: one for which the example is valid.
fn sender(operation: &Operation) -> (&'static str, &str) {
    let subject = match (&*operation.name(), operation.scope.as_deref()) {
        // A subject without a profile.
        ("POST /api/v1/users" | "PUT /api/v1/users/me" | "DELETE /api/v1/users/me", _) => "ada",
        // A member of two organizers would have to name one.
        ("POST /api/v1/organizers", _) => "nora",
        (_, Some("organizer")) => "olga",
        (_, Some("operator")) => "otto",
        _ => "ann",
    };
    (subject, operation.scope.as_deref().unwrap_or_default())
}

/// The status with which an operation refuses its example, if it does.
fn exception(operation: &Operation) -> Option<u16> {
    // The system has no dead letters, and the ids of keys and pauses are not known in advance.
    let is_missing = ["/api/v1/dead-letters/{", "/api/v1/keys/{", "/api/v1/pauses/{"]
        .iter()
        .any(|start| operation.path.starts_with(start));
    // A user with a booking, and an event or ticket type with bookings, cannot be deleted.
    let in_use = ["DELETE /api/v1/users/{id}", "DELETE /api/v1/events/{id}", "DELETE /api/v1/ticket-types/{id}"];
    // Only a failed refund can be started again, and no refund failed.
    let is_settled = operation.name() == "POST /api/v1/orders/{id}/refund";
    is_missing.then_some(404).or((is_settled || in_use.contains(&&*operation.name())).then_some(409))
}

#[tokio::test]
async fn examples_are_accepted_and_responses_match_the_document() {
    let mut fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let mut violations = Vec::new();
    let mut operations = document.operations();
    // Deletions last, so that other operations find the resources.
    operations.sort_by_key(|operation| operation.method == Method::DELETE);
    for operation in operations {
        let example = operation.body.as_ref().map(|schema| document.example(schema));
        if operation
            .body
            .as_ref()
            .is_some_and(|_| example == Some(json!({})) && operation.name() != "POST /api/v1/audits")
        {
            violations.push(format!("{}: its body has no example", operation.name()));
        }
        let token = fixture.system.token(sender(&operation));
        let body = example.map(|example| example.to_string()).unwrap_or_default();
        let answer =
            fixture.system.send_request(request(Some(&token), &operation, &fixture.path(&operation), body)).await;
        let status = answer.status.as_u16();
        if exception(&operation) == Some(status) {
            continue;
        }
        let what = format!("{}: {status} {}", operation.name(), answer.body);
        match operation.answer(status) {
            None => violations.push(format!("{what}: not documented")),
            Some(_) if !answer.status.is_success() => violations.push(what),
            Some(Value::Null) if answer.status == StatusCode::NO_CONTENT => {}
            Some(Value::Null) => violations.push(format!("{what}: the response has no schema")),
            Some(schema) => {
                let misfit = document.misfit(schema, &answer.body, "");
                violations.extend(misfit.map(|misfit| format!("{}: {misfit}", operation.name())));
            }
        }
        if status == 201 && !answer.headers.contains_key("location") {
            violations.push(format!("{}: no Location", operation.name()));
        }
    }
    fixture.system.settle().await;
    assert_none(&violations);
}

#[tokio::test]
async fn responses_match_their_schemas_in_every_status() {
    let mut fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let post = Method::POST;
    for body in [two("tok_declined"), two("tok_silent_then_ok"), json!({"lines": [line(2, 1)]})] {
        fixture.system.send_until_done(ANN, post.clone(), "/api/v1/bookings", body).await;
    }
    fixture.system.send_until_done(ANN, post.clone(), "/api/v1/orders", two("tok_ok")).await;
    fixture
        .system
        .send_until_done(ANN, post.clone(), "/api/v1/orders", json!({"lines": [line(2, 99)], "note": "a gift"}))
        .await;
    let cancelled = fixture.system.send_until_done(ANN, post.clone(), "/api/v1/bookings", two("tok_ok")).await;
    fixture.system.settle().await;
    let cancel = format!("/api/v1/bookings/{}/cancel", cancelled.body["id"].as_str().unwrap());
    fixture.system.send_until_done(ANN, post, &cancel, Value::Null).await;
    fixture.system.settle().await;
    let ids: Vec<String> =
        fixture.system.get(OTTO, "/api/v1/bookings").await.body.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids.len(), 7);
    let mut violations = Vec::new();
    let reads = document.operations().into_iter().filter(|operation| operation.method == "GET");
    for operation in reads.filter(|operation| exception(operation).is_none()) {
        let of_bookings =
            ["/api/v1/bookings/{", "/api/v1/orders/{"].iter().any(|start| operation.path.starts_with(start));
        let paths = if of_bookings {
            ids.iter().map(|id| operation.filled(|_| id.clone())).collect()
        } else {
            vec![fixture.path(&operation)]
        };
        for path in paths {
            // Operators see everything, and have no profile of their own.
            let who = if operation.path.ends_with("/me") { ANN } else { OTTO };
            let answer = fixture.system.get(who, &path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let misfit = document.misfit(operation.answer(200).unwrap(), &answer.body, "");
            violations.extend(misfit.map(|misfit| format!("{path}: {misfit}")));
        }
    }
    assert_none(&violations);
}
