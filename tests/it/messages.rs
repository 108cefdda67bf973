//! The messages of one booking, as operators read them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::http::Method;
use boxoffice_clock::Clock;
use serde_json::{Value, json};

use crate::{
    journeys::{ANN, two},
    system::{Fault, FaultInjection, System},
};

const OTTO: (&str, &str) = ("otto", "operator");

async fn place(system: &mut System, who: (&str, &str), token: &str) -> String {
    let placed = system.send_until_done(who, Method::POST, "/api/v1/bookings", two(token)).await;
    placed.body["id"].as_str().unwrap().to_owned()
}

async fn messages(system: &System, booking: &str) -> Vec<Value> {
    let answer = system.get(OTTO, &format!("/api/v1/bookings/{booking}/messages")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_array().unwrap().clone()
}

/// Waits until the delivery of a message of this kind to a service is in this state.
async fn delivery(system: &System, booking: &str, kind: &str, service: &str, state: &str) -> Value {
    for _ in 0..500 {
        for message in messages(system, booking).await.iter().filter(|message| message["kind"] == kind) {
            let mut deliveries = message["consumedBy"].as_array().unwrap().iter();
            if let Some(found) =
                deliveries.find(|delivery| delivery["service"] == service && delivery["state"] == state)
            {
                return found.clone();
            }
        }
        Clock::system().sleep(Duration::from_millis(20)).await;
    }
    panic!("{service} is never {state} with {kind}: {:#?}", messages(system, booking).await);
}

#[tokio::test]
async fn messages_form_a_causal_tree_across_services() {
    let mut system = System::start().await;
    let booking = place(&mut system, ANN, "tok_ok").await;
    let other = place(&mut system, ANN, "tok_declined").await;
    system.settle().await;
    let messages = messages(&system, &booking).await;
    let causes: BTreeMap<&str, &Value> =
        messages.iter().map(|message| (message["id"].as_str().unwrap(), &message["causationId"])).collect();
    let roots: Vec<_> = messages.iter().filter(|message| message["causationId"].is_null()).collect();
    assert_eq!(roots.len(), 1, "{messages:#?}");
    assert_eq!((&roots[0]["kind"], &roots[0]["actor"]), (&json!("BookingCreatedEvent"), &json!("ann")));
    for message in &messages {
        let cause = message["causationId"].as_str();
        assert!(cause.is_none_or(|cause| causes.contains_key(cause)), "{message}: its cause is not listed");
        assert_eq!(message["correlationId"], roots[0]["correlationId"], "{message}");
        assert_eq!(message["body"]["eventId"], message["id"]);
        for delivery in message["consumedBy"].as_array().unwrap() {
            assert_eq!(delivery["state"], "consumed", "{message}");
        }
    }
    let sources: BTreeSet<_> = messages.iter().map(|message| message["source"].as_str().unwrap()).collect();
    assert_eq!(sources, BTreeSet::from(["bookings", "inventory", "notifications", "orders", "payments"]));
    let ids: BTreeSet<_> = messages.iter().map(|message| message["body"]["bookingId"].as_str()).collect();
    assert!(!ids.contains(&Some(&*other)), "{ids:?}");
    let times: Vec<_> = messages.iter().map(|message| message["publishedAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let all = Value::from(messages.clone()).to_string();
    assert!(all.contains(r#""paymentToken":"[redacted]""#) && !all.contains("tok_ok"), "{all}");
}

#[tokio::test]
async fn deferred_and_dead_lettered_messages_are_shown_at_their_consumer() {
    let late = FaultInjection::new(Fault::Late, "orders", "InventorySoldEvent");
    let mut system = System::start_with(Some(late), &[("BOXOFFICE_OUTBOX_MAX_ATTEMPTS", "1")]).await;
    let booking = place(&mut system, ANN, "tok_ok").await;
    let dead = delivery(&system, &booking, "InventorySoldEvent", "orders", "dead-lettered").await;
    assert_eq!(dead, json!({"service": "orders", "state": "dead-lettered", "attempts": 1, "error": "injected fault"}));

    let late = FaultInjection::new(Fault::Late, "orders", "InventorySoldEvent");
    let mut system = System::start_with(Some(late), &[("BOXOFFICE_OUTBOX_FIRST_RETRY_DELAY", "1h")]).await;
    let booking = place(&mut system, ANN, "tok_ok").await;
    let waiting = delivery(&system, &booking, "InventorySoldEvent", "orders", "deferred").await;
    assert_eq!((&waiting["attempts"], &waiting["error"]), (&json!(1), &json!("injected fault")));
    assert!(waiting["dueAt"].is_string(), "{waiting}");
}

#[tokio::test]
async fn a_dead_lettered_notification_is_shown() {
    let mut system = System::start_with(None, &[("BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS", "1")]).await;
    let fay = ("fay", "customer");
    let profile = json!({"name": "fay", "email": "fay@fail.test"});
    system.send_until_done(fay, Method::PUT, "/api/v1/users/me", profile).await;
    let booking = place(&mut system, fay, "tok_ok").await;
    let dead = delivery(&system, &booking, "NotificationQueuedEvent", "notifications", "dead-lettered").await;
    assert!(dead["error"].as_str().unwrap().contains("fail.test"), "{dead}");
    let all = messages(&system, &booking).await;
    let notification = all.iter().find(|message| message["kind"] == "NotificationQueuedEvent").unwrap();
    assert_eq!(
        (&notification["source"], notification["position"].as_i64().unwrap() < 0),
        (&json!("notifications"), true)
    );
}

#[tokio::test]
async fn only_operators_read_the_messages_of_existing_bookings() {
    let mut system = System::start().await;
    let booking = place(&mut system, ANN, "tok_ok").await;
    for (who, id, status) in [
        (ANN, &*booking, 403),
        (("olga", "organizer"), &*booking, 403),
        (OTTO, "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", 404),
        (OTTO, "7", 400),
    ] {
        let answer = system.get(who, &format!("/api/v1/bookings/{id}/messages")).await;
        assert_eq!(answer.status, status, "{who:?} {id}: {}", answer.body);
    }
    system.settle().await;
}
