//! Concurrent requests for the same resource.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::fixture::{BOB, Fixture, OTTO, id, line};
use crate::{
    journeys::ANN,
    system::{System, TestResponse},
};

/// One of several concurrent requests.
#[derive(Clone)]
struct Sent {
    who: (String, &'static str),
    method: Method,
    path: &'static str,
    body: Value,
    key: Option<&'static str>,
}

/// Sends all requests concurrently; returns the responses in the same order, and the system.
async fn send_concurrently(system: System, all: Vec<Sent>) -> (System, Vec<TestResponse>) {
    let system = Arc::new(system);
    let barrier = Arc::new(Barrier::new(all.len()));
    let mut under_way = Vec::new();
    for sent in all {
        let (system, barrier) = (system.clone(), barrier.clone());
        under_way.push(tokio::spawn(async move {
            barrier.wait().await;
            let headers: Vec<_> = sent.key.map(|key| ("idempotency-key", key)).into_iter().collect();
            system.send((&sent.who.0, sent.who.1), sent.method, sent.path, Some(&sent.body), &headers).await
        }));
    }
    let mut answers = Vec::new();
    for answer in under_way {
        answers.push(answer.await.unwrap());
    }
    (Arc::into_inner(system).expect("all clients have finished"), answers)
}

fn count(answers: &[TestResponse], status: u16, code: &str) -> usize {
    let code = if code.is_empty() { Value::Null } else { code.into() };
    answers.iter().filter(|answer| answer.status == status && answer.body["code"] == code).count()
}

fn summaries(answers: &[TestResponse]) -> Vec<String> {
    answers.iter().map(|answer| format!("{} {}", answer.status, answer.body)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_registrations_of_one_address_create_one_user() {
    let system = System::start().await;
    let sent = |n: usize| {
        // E-mail addresses are compared without regard to case.
        let email = if n.is_multiple_of(2) { "same@example.org" } else { "Same@Example.ORG" };
        let body = json!({"name": format!("number {n}"), "email": email});
        // Half of the requests use one path, half the other.
        let (method, path) =
            if n % 4 < 2 { (Method::POST, "/api/v1/users") } else { (Method::PUT, "/api/v1/users/me") };
        Sent { who: (format!("user-{n}"), "customer"), method, path, body, key: None }
    };
    let (mut system, answers) = send_concurrently(system, (0..20).map(sent).collect()).await;
    assert_eq!((count(&answers, 201, ""), count(&answers, 409, "email-taken")), (1, 19), "{:?}", summaries(&answers));
    system.settle().await;
    let users = system.get(OTTO, "/api/v1/users").await.body;
    assert_eq!(users.as_array().unwrap().len(), 3, "{users}");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_bookings_do_not_oversell() {
    for path in ["/api/v1/bookings", "/api/v1/holds"] {
        let mut system = System::start().await;
        let capacity =
            system.send_until_done(OTTO, Method::PUT, "/api/v1/events/1/capacity", json!({"capacity": 5})).await;
        assert_eq!(capacity.body["available"], 5);
        let sent = |n: usize| Sent {
            who: (if n.is_multiple_of(2) { "ann" } else { "bob" }.to_owned(), "customer"),
            method: Method::POST,
            path,
            body: json!({"lines": [line(1 + i64::from(n > 4), 1)]}),
            key: None,
        };
        let (mut system, answers) = send_concurrently(system, (0..10).map(sent).collect()).await;
        assert_eq!((count(&answers, 201, ""), count(&answers, 409, "sold-out")), (5, 5), "{:?}", summaries(&answers));
        system.settle().await;
        let expected = if path.ends_with("holds") { (0, 5, 0) } else { (0, 0, 5) };
        assert_eq!(system.seats().await, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_with_one_key_create_one_booking() {
    let mut system = Fixture::open().await.system;
    for (path, body) in [
        ("/api/v1/bookings", json!({"lines": [line(1, 1)]})),
        ("/api/v1/orders", json!({"lines": [line(1, 1)]})),
        ("/api/v1/holds", json!({"lines": [line(1, 1)]})),
    ] {
        let list = format!("{path}?limit=200");
        let before = system.get(ANN, &list).await.body.as_array().unwrap().len();
        let sent = Sent {
            who: ("ann".to_owned(), "customer"),
            method: Method::POST,
            path,
            body: body.clone(),
            key: Some("once-and-no-more"),
        };
        let answers;
        (system, answers) = send_concurrently(system, vec![sent; 10]).await;
        assert_eq!(count(&answers, 201, ""), 10, "{:?}", summaries(&answers));
        assert!(answers.iter().all(|answer| answer.body["id"] == answers[0].body["id"]), "{:?}", summaries(&answers));
        let replayed = answers.iter().filter(|answer| answer.headers.contains_key("idempotency-replayed")).count();
        assert_eq!(replayed, 9, "{path}: all but one response are marked as replays");
        system.settle().await;
        let after = system.get(ANN, &list).await.body.as_array().unwrap().len();
        // A booking and its order are one purchase, so each list has exactly one more item.
        assert_eq!(after, before + 1, "{path}");
        let key = [("idempotency-key", "once-and-no-more")];
        let other = system.send(ANN, Method::POST, path, Some(&json!({"lines": [line(1, 2)]})), &key).await;
        assert_eq!((other.status, &other.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key-reused")));
        let spaced = system.send(ANN, Method::POST, path, Some(&body), &key).await;
        assert_eq!(spaced.body["id"], answers[0].body["id"]);
        let bobs = system.send(BOB, Method::POST, path, Some(&body), &key).await;
        assert_eq!(bobs.status, StatusCode::CREATED, "another user may use the same key");
        assert_ne!(bobs.body["id"], answers[0].body["id"]);
        system.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_claims_of_one_hold_create_one_booking() {
    let mut system = System::start().await;
    let hold = system.send_until_done(ANN, Method::POST, "/api/v1/holds", json!({"lines": [line(1, 4)]})).await;
    let sent = Sent {
        who: ("ann".to_owned(), "customer"),
        method: Method::POST,
        path: "/api/v1/bookings",
        body: json!({"holdId": hold.body["id"]}),
        key: None,
    };
    let (mut system, answers) = send_concurrently(system, vec![sent; 10]).await;
    assert_eq!(count(&answers, 201, ""), 1, "{:?}", summaries(&answers));
    assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 9, "{:?}", summaries(&answers));
    system.settle().await;
    assert_eq!(system.seats().await, (6, 0, 4));
}

/// A deleted user has no open booking, and a user with a booking is not deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_deleted_or_books_but_not_both() {
    let mut system = System::start().await;
    system.send_until_done(OTTO, Method::PUT, "/api/v1/events/1/capacity", json!({"capacity": 1000})).await;
    let mut deleted_and_kept = (0, 0);
    for round in 0..6 {
        let path = if round % 2 == 0 { "/api/v1/bookings" } else { "/api/v1/orders" };
        let users: Vec<String> = (0..8).map(|n| format!("user-{round}-{n}")).collect();
        for name in &users {
            let profile = json!({"name": name, "email": format!("{name}@example.org")});
            system.send_until_done((name, "customer"), Method::PUT, "/api/v1/users/me", profile).await;
        }
        system.settle().await;
        let sent = users.iter().flat_map(|name| {
            let who = (name.clone(), "customer");
            let buy =
                Sent { who: who.clone(), method: Method::POST, path, body: json!({"lines": [line(1, 1)]}), key: None };
            let leave = Sent { who, method: Method::DELETE, path: "/api/v1/users/me", body: Value::Null, key: None };
            [buy, leave]
        });
        let answers;
        (system, answers) = send_concurrently(system, sent.collect()).await;
        system.settle().await;
        for (name, pair) in users.iter().zip(answers.chunks(2)) {
            let what = format!("{path} by {name}: {:?}", summaries(pair));
            let me = system.get((name, "customer"), "/api/v1/users/me").await;
            assert_eq!(me.status == 404, pair[1].status == 204, "{what}");
            let bought = (pair[0].status == 201).then(|| id(&pair[0].body));
            let status = match &bought {
                Some(id) => system.booking(id).await["status"].as_str().unwrap().to_owned(),
                None => "none".to_owned(),
            };
            if me.status == 404 {
                deleted_and_kept.0 += 1;
                assert!(["none", "CANCELLED"].contains(&&*status), "{what}: {status}");
            } else {
                deleted_and_kept.1 += 1;
                assert_eq!(status, "CONFIRMED", "{what}");
                assert_eq!(pair[1].body["code"], "bookings-exist", "{what}");
            }
        }
    }
    assert!(deleted_and_kept.0 + deleted_and_kept.1 == 48, "{deleted_and_kept:?}");
}

/// Ten conditional updates name the same version: one succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_conditional_updates_wins() {
    let mut system = Fixture::open().await.system;
    let event = |n: usize| json!({"name": format!("Night {n}"), "startsAt": "2035-06-01T19:30:00Z"});
    let venue = |n: usize| json!({"name": format!("Hall {n}"), "totalCapacity": 5});
    let kind = |n: usize| json!({"name": format!("Floor {n}"), "price": n});
    type Body<'a> = &'a dyn Fn(usize) -> Value;
    let all: [(&str, Body<'_>); 3] =
        [("/api/v1/events/1", &event), ("/api/v1/venues/1", &venue), ("/api/v1/ticket-types/1", &kind)];
    for (path, body) in all {
        let etag = system.get(OTTO, path).await.headers["etag"].to_str().unwrap().to_owned();
        let shared = Arc::new(system);
        let sent = (0..10).map(|n| {
            let (system, etag, body) = (shared.clone(), etag.clone(), body(n));
            tokio::spawn(async move {
                system.send(("otto", "operator"), Method::PUT, path, Some(&body), &[("if-match", &*etag)]).await
            })
        });
        let mut answers = Vec::new();
        for answer in sent.collect::<Vec<_>>() {
            answers.push(answer.await.unwrap());
        }
        system = Arc::into_inner(shared).expect("all clients have finished");
        let accepted: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(
            (accepted.len(), count(&answers, 412, "precondition-failed")),
            (1, 9),
            "{path}: {:?}",
            summaries(&answers)
        );
        let current = system.get(OTTO, path).await;
        assert_eq!(
            (&current.body, &current.headers["etag"]),
            (&accepted[0].body, &accepted[0].headers["etag"]),
            "{path}"
        );
        assert_ne!(current.headers["etag"].to_str().unwrap(), etag, "{path}");
    }
}

/// A deletion and a booking run concurrently: one of them is refused, and no seat is lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_deleted_or_booked_but_not_both() {
    for path in ["/api/v1/ticket-types/2", "/api/v1/events/1"] {
        let mut outcomes = [0, 0];
        for _ in 0..4 {
            let system = System::start().await;
            let delete = Sent {
                who: ("otto".to_owned(), "operator"),
                method: Method::DELETE,
                path,
                body: Value::Null,
                key: None,
            };
            let buy = Sent {
                who: ("ann".to_owned(), "customer"),
                method: Method::POST,
                path: "/api/v1/bookings",
                body: json!({"lines": [line(2, 1)]}),
                key: None,
            };
            let (mut system, answers) = send_concurrently(system, vec![delete, buy]).await;
            match (answers[0].status.as_u16(), answers[1].status.as_u16()) {
                (204, 404) => outcomes[0] += 1,
                (409, 201) => outcomes[1] += 1,
                _ => panic!("{path}: {:?}", summaries(&answers)),
            }
            system.settle().await;
        }
        assert_eq!(outcomes[0] + outcomes[1], 4, "{path}");
    }
}
