//! The examples of the OpenAPI document are accepted unchanged, and responses match its schemas.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    fixture::{Fixture, OTTO, assert_none, id, line, request},
    openapi::{Document, Operation},
};
use crate::journeys::{ANN, two};

/// Who sends the example of an operation: somebody with its scope and no other, for whom it makes sense.
fn sender(operation: &Operation) -> (&'static str, &str) {
    let subject = match (&*operation.name(), operation.scope.as_deref()) {
        // The profile of the example is nobody's yet.
        ("POST /api/v1/users" | "PUT /api/v1/users/me" | "DELETE /api/v1/users/me", _) => "ada",
        // Whoever acts for two organizers has to say for which.
        ("POST /api/v1/organizers", _) => "nora",
        (_, Some("organizer")) => "olga",
        (_, Some("operator")) => "otto",
        _ => "ann",
    };
    (subject, operation.scope.as_deref().unwrap_or_default())
}

/// What cannot be done as it stands, and how it is refused.
fn exception(operation: &Operation) -> Option<u16> {
    // Nothing is parked where all is well, and a pause has an id that nobody knows before.
    let is_nothing = ["/api/v1/dead-letters/{", "/api/v1/keys/{", "/api/v1/pauses/{"]
        .iter()
        .any(|start| operation.path.starts_with(start));
    // Something is booked for ann: neither she nor what it is for is deleted.
    let needed = ["DELETE /api/v1/users/{id}", "DELETE /api/v1/events/{id}", "DELETE /api/v1/ticket-types/{id}"];
    // What was paid for a booking that ends is given back by itself, and no refund was refused.
    let is_settled = operation.name() == "POST /api/v1/orders/{id}/refund";
    is_nothing.then_some(404).or((is_settled || needed.contains(&&*operation.name())).then_some(409))
}

#[tokio::test]
async fn examples_are_accepted_and_responses_match_the_document() {
    let mut here = Fixture::open().await;
    let document = Document::of(&here.system).await;
    let mut wrong = Vec::new();
    let mut operations = document.operations();
    // What is deleted is asked for before.
    operations.sort_by_key(|operation| operation.method == Method::DELETE);
    for operation in operations {
        let example = operation.body.as_ref().map(|schema| document.example(schema));
        if operation
            .body
            .as_ref()
            .is_some_and(|_| example == Some(json!({})) && operation.name() != "POST /api/v1/audits")
        {
            wrong.push(format!("{}: its body has no example", operation.name()));
        }
        let token = here.system.token(sender(&operation));
        let body = example.map(|example| example.to_string()).unwrap_or_default();
        let answer = here.system.send_request(request(Some(&token), &operation, &here.path(&operation), body)).await;
        let status = answer.status.as_u16();
        if exception(&operation) == Some(status) {
            continue;
        }
        let what = format!("{}: {status} {}", operation.name(), answer.body);
        match operation.answer(status) {
            None => wrong.push(format!("{what}: not documented")),
            Some(_) if !answer.status.is_success() => wrong.push(what),
            Some(Value::Null) if answer.status == StatusCode::NO_CONTENT => {}
            Some(Value::Null) => wrong.push(format!("{what}: the answer has no schema")),
            Some(schema) => {
                let misfit = document.misfit(schema, &answer.body, "");
                wrong.extend(misfit.map(|misfit| format!("{}: {misfit}", operation.name())));
            }
        }
        if status == 201 && !answer.headers.contains_key("location") {
            wrong.push(format!("{}: no Location", operation.name()));
        }
    }
    here.system.settle().await;
    assert_none(&wrong);
}

/// What every read answers once there is something of every kind.
#[tokio::test]
async fn responses_match_their_schemas_in_every_status() {
    let mut here = Fixture::open().await;
    let document = Document::of(&here.system).await;
    let post = Method::POST;
    for body in [two("tok_declined"), two("tok_silent_then_ok"), json!({"lines": [line(2, 1)]})] {
        here.system.send_until_done(ANN, post.clone(), "/api/v1/bookings", body).await;
    }
    here.system.send_until_done(ANN, post.clone(), "/api/v1/orders", two("tok_ok")).await;
    here.system
        .send_until_done(ANN, post.clone(), "/api/v1/orders", json!({"lines": [line(2, 99)], "note": "a gift"}))
        .await;
    let cancelled = here.system.send_until_done(ANN, post.clone(), "/api/v1/bookings", two("tok_ok")).await;
    here.system.settle().await;
    let cancel = format!("/api/v1/bookings/{}/cancel", cancelled.body["id"].as_str().unwrap());
    here.system.send_until_done(ANN, post, &cancel, Value::Null).await;
    here.system.settle().await;
    let ids: Vec<String> =
        here.system.get(OTTO, "/api/v1/bookings").await.body.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids.len(), 7);
    let mut wrong = Vec::new();
    let reads = document.operations().into_iter().filter(|operation| operation.method == "GET");
    for operation in reads.filter(|operation| exception(operation).is_none()) {
        let of_bookings =
            ["/api/v1/bookings/{", "/api/v1/orders/{"].iter().any(|start| operation.path.starts_with(start));
        let paths = if of_bookings {
            ids.iter().map(|id| operation.filled(|_| id.clone())).collect()
        } else {
            vec![here.path(&operation)]
        };
        for path in paths {
            // Operators see everything, and have no profile of their own.
            let who = if operation.path.ends_with("/me") { ANN } else { OTTO };
            let answer = here.system.get(who, &path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let misfit = document.misfit(operation.answer(200).unwrap(), &answer.body, "");
            wrong.extend(misfit.map(|misfit| format!("{path}: {misfit}")));
        }
    }
    assert_none(&wrong);
}
