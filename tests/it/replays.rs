//! Replays: a consumer that handled a message before changes nothing, and a missing effect is made up for.

use axum::http::{Method, StatusCode};
use boxoffice::SERVICES;
use boxoffice_outbox::{Cursor, DeferredMessage, DiscardedMessage, OutboxMessage};
use serde_json::{Value, json};

use crate::{
    journeys::{ANN, two},
    system::{Fault, FaultInjection, System},
};

const OTTO: (&str, &str) = ("otto", "operator");

/// The sums of the counts of all pages.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    delivered: u64,
    changed: u64,
    skipped: u64,
    refused: u64,
    listed: usize,
}

/// Replays all pages of what `source` published, with further fields of the request.
async fn replay(system: &System, source: &str, more: &Value) -> Counts {
    let mut body = json!({"source": source, "since": "2020-01-01T00:00:00Z"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut counts = Counts::default();
    loop {
        let answer = system.send(OTTO, Method::POST, "/api/v1/replays", Some(&body), &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let count = |name: &str| answer.body[name].as_u64().unwrap();
        counts.delivered += count("delivered");
        counts.changed += count("changed");
        counts.skipped += count("skipped");
        counts.refused += count("refused");
        counts.listed += answer.body["messages"].as_array().unwrap().len();
        assert_eq!(count("refused"), answer.body["refusals"].as_array().unwrap().len() as u64, "{}", answer.body);
        body["after"] = answer.body["next"].clone();
        if body["after"].is_null() {
            return counts;
        }
    }
}

async fn replay_all(system: &System) -> Counts {
    let mut all = Counts::default();
    for service in SERVICES {
        let counts = replay(system, service.name, &json!({})).await;
        all.delivered += counts.delivered;
        all.changed += counts.changed;
        all.skipped += counts.skipped;
        all.refused += counts.refused;
    }
    all
}

/// The data of every service, except for what counts batches.
async fn snapshot(system: &System) -> Vec<String> {
    let mut rows = Vec::new();
    for writer in system.services().writers() {
        let database = writer.database();
        let outbox = database.select::<OutboxMessage>("ORDER BY position", Vec::new()).await.unwrap();
        let cursors = database.select::<Cursor>("ORDER BY source", Vec::new()).await.unwrap();
        rows.push(format!("{outbox:?} {cursors:?}"));
    }
    for list in ["bookings", "orders", "payments", "notifications", "mailbox", "holds", "events"] {
        let answer = system.get(OTTO, &format!("/api/v1/{list}?limit=200")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        rows.push(answer.body.to_string());
    }
    rows
}

/// Creates bookings that end in every way, orders, cancellations and refunds.
async fn create_many_bookings(system: &mut System) {
    let capacity = json!({"capacity": 200});
    system.send_until_done(("olga", "organizer"), Method::PUT, "/api/v1/events/1/capacity", capacity).await;
    for round in 0..8 {
        for token in ["tok_ok", "tok_declined", "tok_silent_then_ok", "tok_slow"] {
            let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two(token)).await;
            if round % 3 == 0 {
                let cancel = format!("/api/v1/bookings/{}/cancel", placed.body["id"].as_str().unwrap());
                system.send(ANN, Method::POST, &cancel, None, &[]).await;
            }
        }
        system.send_until_done(ANN, Method::POST, "/api/v1/orders", two("tok_ok")).await;
    }
    system.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_replay_changes_nothing() {
    let mut system = System::start().await;
    create_many_bookings(&mut system).await;
    let before = snapshot(&system).await;
    let counts = replay_all(&system).await;
    assert!(counts.delivered > 500, "{counts:?}: too few messages were published to show anything");
    assert_eq!((counts.changed, counts.skipped, counts.refused), (0, 0, 0), "{counts:?}");
    assert_eq!(snapshot(&system).await, before);
    assert!(system.settle().await.notices.is_empty());

    let listed = replay(&system, "orders", &json!({"dryRun": true})).await;
    assert!(listed.listed > 50 && listed.delivered == 0, "{listed:?}");
    let to_one = replay(&system, "orders", &json!({"to": "notifications"})).await;
    let all = replay(&system, "orders", &json!({})).await;
    assert!((1..all.delivered).contains(&to_one.delivered), "{to_one:?} of {all:?}");
    let later = replay(&system, "orders", &json!({"since": "2999-01-01T00:00:00Z"})).await;
    assert_eq!(later, Counts::default());
    assert_eq!(replay(&system, "orders", &json!({"key": uuid::Uuid::nil()})).await, Counts::default());
}

/// A replay after a mistaken discard has the effect that the discarded message lacked.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_delivers_a_discarded_message() {
    // Every configured attempt fails; one more attempt would succeed.
    let late = FaultInjection::new(Fault::Late, "notifications", "OrderConfirmedEvent");
    let mut system = System::start_with(Some(late), &[("BOXOFFICE_OUTBOX_MAX_ATTEMPTS", "2")]).await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    let booking = placed.body["id"].as_str().unwrap().to_owned();
    let dead_letter = loop {
        let notifications = system.get(OTTO, "/api/v1/dead-letters").await.body;
        if let Some(dead_letter) = notifications.as_array().unwrap().first() {
            break dead_letter["id"].as_str().unwrap().to_owned();
        }
        system.recover().await;
    };
    let alone = replay(&system, "orders", &json!({"to": "notifications"})).await;
    assert_eq!(
        (alone.changed, alone.skipped),
        (0, 1),
        "a dead letter waits for the decision of an operator: {alone:?}"
    );
    let why = json!({"reason": "by mistake"});
    system.send_until_done(OTTO, Method::POST, &format!("/api/v1/dead-letters/{dead_letter}/discard"), why).await;
    let findings = system.settle().await;
    assert!(findings.alarms.is_empty() && findings.notices.len() == 1, "{findings}");
    assert!(findings.notices[0].contains(&booking) && findings.notices[0].contains("by mistake"), "{findings}");
    let messages = system.get(OTTO, &format!("/api/v1/bookings/{booking}/messages")).await.body;
    let confirmed =
        messages.as_array().unwrap().iter().find(|message| message["kind"] == "OrderConfirmedEvent").unwrap();
    let deliveries = confirmed["consumedBy"].as_array().unwrap();
    let delivery = deliveries.iter().find(|delivery| delivery["service"] == "notifications").unwrap();
    assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("discarded"), &json!("by mistake")), "{delivery}");
    let notifications = format!("/api/v1/bookings/{booking}/notifications");
    assert_eq!(system.get(ANN, &notifications).await.body, json!([]));

    let again = replay(&system, "orders", &json!({"key": booking})).await;
    assert_eq!((again.changed, again.refused), (1, 0), "{again:?}");
    system.settle().await;
    let sent = system.get(ANN, &notifications).await.body;
    assert_eq!((&sent[0]["status"], sent.as_array().map(Vec::len)), (&json!("sent"), Some(1)), "{sent}");
    let writer = &system.services().service("notifications").writer;
    assert_eq!(writer.database().select::<DeferredMessage>("", Vec::new()).await.unwrap(), []);
    assert_eq!(
        writer.database().select::<DiscardedMessage>("", Vec::new()).await.unwrap().len(),
        1,
        "the decision is kept"
    );
}

#[tokio::test]
async fn unknown_services_and_positions_are_refused_by_name() {
    let system = System::start().await;
    for (field, value) in
        [("source", json!("unknown")), ("to", json!("unknown")), ("after", json!(-1)), ("since", json!("soon"))]
    {
        let mut body = json!({"source": "orders", "since": "2020-01-01T00:00:00Z"});
        body[field] = value;
        let answer = system.send(OTTO, Method::POST, "/api/v1/replays", Some(&body), &[]).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (StatusCode::BAD_REQUEST, &json!(field)));
    }
}
