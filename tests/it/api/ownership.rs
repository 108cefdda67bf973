//! Ownership: customers read and change their own resources, and those of others are not found.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    fixture::{BOB, Fixture, OTTO, assert_none, id, line, problem, request},
    openapi::{Document, Operation},
};
use crate::{
    journeys::ANN,
    system::{System, TestResponse},
};

/// A customer without a profile.
const NEW: (&str, &str) = ("nina", "customer");

/// Whether the path names a resource of one user, on which that user may run the operation.
fn is_owned(operation: &Operation) -> bool {
    let owned = ["holds", "bookings", "orders", "notifications", "users"];
    let is_of_one = operation.path.contains("{id}") && owned.contains(&operation.path.split('/').nth(3).unwrap());
    is_of_one && operation.scope.as_deref() != Some("operator")
}

#[tokio::test]
async fn resources_of_others_are_not_found() {
    let fixture = Fixture::open().await;
    let document = Document::of(&fixture.system).await;
    let (before, mut violations, mut count) = (fixture.contents().await, Vec::new(), 0);
    for operation in document.operations().iter().filter(|operation| is_owned(operation)) {
        let body = operation.body.as_ref().map(|schema| document.example(schema).to_string()).unwrap_or_default();
        let (path, name) = (fixture.path(operation), operation.name());
        for who in [BOB, NEW, ("bob", "customer organizer"), ("olga", "organizer customer")] {
            let token = fixture.system.token(who);
            let answer = fixture.system.send_request(request(Some(&token), operation, &path, body.clone())).await;
            violations.extend(problem(&answer, &format!("{name} by {who:?}")));
            if answer.status != StatusCode::NOT_FOUND {
                violations.push(format!("{name} by {who:?}: {} {}", answer.status, answer.body));
            }
            count += 1;
        }
        if operation.method == Method::GET {
            for who in [ANN, OTTO] {
                assert_eq!(fixture.system.get(who, &path).await.status, 200, "{name} by {who:?}");
            }
        }
    }
    assert_none(&violations);
    assert!(count >= 32, "{count} responses are too few");
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn lists_contain_only_own_resources() {
    let fixture = Fixture::open().await;
    for list in ["holds", "bookings", "orders", "payments", "notifications"] {
        let path = format!("/api/v1/{list}");
        let of = async |who: (&str, &str), query: &str| fixture.system.get(who, &format!("{path}{query}")).await;
        let count = |answer: &TestResponse| answer.body.as_array().map(Vec::len);
        let own = count(&of(ANN, "").await);
        assert!(own > Some(0), "{list}");
        assert_eq!(count(&of(OTTO, "").await), own, "{list}: everyone's");
        for who in [BOB, NEW] {
            assert_eq!(count(&of(who, "").await), Some(0), "{list} by {who:?}");
        }
        if list == "holds" {
            continue;
        }
        assert_eq!(count(&of(ANN, "?userId=1").await), own, "{list}");
        assert_eq!(count(&of(OTTO, "?userId=1").await), own, "{list}");
        assert_eq!(count(&of(OTTO, "?userId=2").await), Some(0), "{list}");
        for who in [BOB, NEW] {
            let refused = of(who, "?userId=1").await;
            assert_eq!(
                (refused.status.as_u16(), &refused.body["code"]),
                (403, &json!("forbidden")),
                "{list} by {who:?}"
            );
        }
    }
}

#[tokio::test]
async fn only_operators_act_for_others() {
    let mut fixture = Fixture::open().await;
    let post = async |system: &System, who: (&str, &str), path: &str, body: Value| {
        system.send(who, Method::POST, &format!("/api/v1/{path}"), Some(&body), &[]).await
    };
    for path in ["bookings", "orders"] {
        let own = json!({"lines": [line(2, 1)]});
        let for_ann = json!({"lines": [line(2, 1)], "userId": 1});
        let system = &fixture.system;
        for who in [BOB, NEW, ("olga", "customer organizer")] {
            let refused = post(system, who, path, for_ann.clone()).await;
            assert_eq!(
                (refused.status.as_u16(), &refused.body["code"]),
                (403, &json!("forbidden")),
                "{path} by {who:?}"
            );
        }
        let missing = post(system, NEW, path, own.clone()).await;
        assert_eq!((missing.status.as_u16(), &missing.body["code"]), (409, &json!("profile-missing")), "{path}");
        let missing = post(system, OTTO, path, own).await;
        assert_eq!((missing.status.as_u16(), &missing.body["code"]), (409, &json!("profile-missing")), "{path}");
        let unknown = post(system, OTTO, path, json!({"lines": [line(2, 1)], "userId": 4242})).await;
        assert_eq!((unknown.status.as_u16(), &unknown.body["code"]), (404, &json!("not-found")), "{path}");
        for who in [ANN, OTTO] {
            let done = post(system, who, path, for_ann.clone()).await;
            assert_eq!((done.status.as_u16(), &done.body["userId"]), (201, &json!(1)), "{path} by {who:?}");
        }
    }
    let subject = json!({"name": "Carl", "email": "carl@example.org", "subject": "carl"});
    assert_eq!(post(&fixture.system, NEW, "users", subject.clone()).await.status, 403);
    assert_eq!(post(&fixture.system, OTTO, "users", subject).await.status, 201);
    let carl = fixture.system.get(("carl", "customer"), "/api/v1/users/me").await;
    assert_eq!(carl.body["name"], "Carl");
    // ann and an operator may both cancel a booking that an operator created for ann.
    let booked = post(&fixture.system, OTTO, "bookings", json!({"lines": [line(2, 1)], "userId": 1})).await;
    fixture.system.settle().await;
    let cancel = format!("bookings/{}/cancel", id(&booked.body));
    for who in [OTTO, ANN] {
        assert_eq!(post(&fixture.system, who, &cancel, Value::Null).await.status, 200, "{who:?}");
    }
    fixture.system.settle().await;
}

#[tokio::test]
async fn organizers_act_for_their_own() {
    let fixture = Fixture::open().await;
    let system = &fixture.system;
    let oscar = ("oscar", "organizer");
    let send = async |who: (&str, &str), method: Method, path: &str, body: Value| {
        system.send(who, method, &format!("/api/v1/{path}"), Some(&body), &[]).await.status.as_u16()
    };
    let event = json!({"organizerId": 1, "name": "Night", "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR",
        "capacity": 10});
    let attempts = [
        (Method::POST, "events", event, 201),
        (Method::POST, "venues", json!({"organizerId": 1, "name": "Hall", "totalCapacity": 5}), 201),
        (Method::PUT, "events/1/capacity", json!({"capacity": 500}), 200),
        (Method::POST, "events/1/ticket-types", json!({"name": "Balcony", "price": 5}), 201),
        (Method::PUT, "organizers/1/members/oscar", Value::Null, 204),
    ];
    let before = fixture.contents().await;
    for (method, path, body, _) in &attempts {
        assert_eq!(send(oscar, method.clone(), path, body.clone()).await, 403, "{path} of another organizer");
        assert_eq!(
            send(("olga", "customer"), method.clone(), path, body.clone()).await,
            403,
            "{path} without the scope"
        );
    }
    assert_eq!(system.get(oscar, "/api/v1/events/1/bookings").await.status, 403);
    assert_eq!(fixture.contents().await, before);
    for who in [("olga", "organizer"), OTTO] {
        for (method, path, body, status) in &attempts {
            assert_eq!(send(who, method.clone(), path, body.clone()).await, *status, "{path} by {who:?}");
        }
        let bookings = system.get(who, "/api/v1/events/1/bookings").await.body;
        assert_eq!(bookings.as_array().unwrap().len(), 1);
    }
    // oscar is a member now.
    assert_eq!(system.get(oscar, "/api/v1/events/1/bookings").await.status, 200);
    assert_eq!(send(oscar, Method::DELETE, "organizers/1/members/oscar", Value::Null).await, 204);
    assert_eq!(system.get(oscar, "/api/v1/events/1/bookings").await.status, 403);
}

#[tokio::test]
async fn a_subject_is_any_text_without_control_characters() {
    let mut system = System::start().await;
    for subject in ["a\u{0}b", "\r\nX: y", "", &"x".repeat(256)] {
        let refused = system.get((subject, "customer"), "/api/v1/users/me").await;
        assert_eq!(refused.status, 401, "{subject:?}: {}", refused.body);
    }
    let subjects = ["..", ".", "a/b", "%2F", "a b", "\"'<>&", "?#", "internal", "me", &"ü".repeat(255)];
    for (n, subject) in subjects.iter().enumerate() {
        let who = (*subject, "customer");
        let profile = json!({"name": "Some One", "email": format!("s{n}@example.org")});
        let created = system.send(who, Method::PUT, "/api/v1/users/me", Some(&profile), &[]).await;
        assert_eq!(created.status, 201, "{subject:?}: {}", created.body);
        let hold = system.send(who, Method::POST, "/api/v1/holds", Some(&json!({"lines": [line(2, 1)]})), &[]).await;
        assert_eq!(hold.status, 201, "{subject:?}: {}", hold.body);
        let released = system.send(who, Method::DELETE, &format!("/api/v1/holds/{}", id(&hold.body)), None, &[]).await;
        assert_eq!(released.status, 204, "{subject:?}: {}", released.body);
        for list in ["holds", "bookings", "orders", "notifications"] {
            let listed = system.get(who, &format!("/api/v1/{list}")).await;
            assert_eq!(listed.status, 200, "{list} of {subject:?}: {}", listed.body);
        }
        let booked = system.send(who, Method::POST, "/api/v1/orders", Some(&json!({"lines": [line(2, 1)]})), &[]).await;
        assert_eq!((booked.status.as_u16(), &booked.body["userId"]), (201, &created.body["id"]), "{subject:?}");
        system.settle().await;
        let cancel = format!("/api/v1/bookings/{}/cancel", id(&booked.body));
        assert_eq!(system.send(who, Method::POST, &cancel, None, &[]).await.status, 200, "{subject:?}");
    }
    system.settle().await;
}
