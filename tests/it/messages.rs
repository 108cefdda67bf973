//! What operators are told about the messages of one booking.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::http::Method;
use boxoffice_clock::Clock;
use serde_json::{Value, json};

use crate::{
    journeys::{ANN, two},
    town::{Fault, Ordered, Town},
};

const OTTO: (&str, &str) = ("otto", "operator");

async fn place(town: &mut Town, who: (&str, &str), token: &str) -> String {
    let placed = town.must(who, Method::POST, "/api/v1/bookings", two(token)).await;
    placed.body["id"].as_str().unwrap().to_owned()
}

async fn messages(town: &Town, booking: &str) -> Vec<Value> {
    let answer = town.get(OTTO, &format!("/api/v1/bookings/{booking}/messages")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_array().unwrap().clone()
}

/// Waits until a service is in this state with a message of this kind.
async fn hearing(town: &Town, booking: &str, kind: &str, service: &str, state: &str) -> Value {
    for _ in 0..500 {
        for message in messages(town, booking).await.iter().filter(|message| message["kind"] == kind) {
            let mut heard = message["consumedBy"].as_array().unwrap().iter();
            if let Some(found) = heard.find(|heard| heard["service"] == service && heard["state"] == state) {
                return found.clone();
            }
        }
        Clock::system().sleep(Duration::from_millis(20)).await;
    }
    panic!("{service} is never {state} with {kind}: {:#?}", messages(town, booking).await);
}

#[tokio::test]
async fn they_are_a_tree_of_causes_across_services() {
    let mut town = Town::open().await;
    let booking = place(&mut town, ANN, "tok_ok").await;
    let other = place(&mut town, ANN, "tok_declined").await;
    town.settle().await;
    let messages = messages(&town, &booking).await;
    let causes: BTreeMap<&str, &Value> =
        messages.iter().map(|message| (message["id"].as_str().unwrap(), &message["causationId"])).collect();
    let roots: Vec<_> = messages.iter().filter(|message| message["causationId"].is_null()).collect();
    assert_eq!(roots.len(), 1, "{messages:#?}");
    assert_eq!((&roots[0]["kind"], &roots[0]["actor"]), (&json!("BookingCreatedEvent"), &json!("ann")));
    for message in &messages {
        let cause = message["causationId"].as_str();
        assert!(cause.is_none_or(|cause| causes.contains_key(cause)), "{message}: because of nothing that is shown");
        assert_eq!(message["correlationId"], roots[0]["correlationId"], "{message}");
        assert_eq!(message["body"]["eventId"], message["id"]);
        for heard in message["consumedBy"].as_array().unwrap() {
            assert_eq!(heard["state"], "consumed", "{message}");
        }
    }
    let said: BTreeSet<_> = messages.iter().map(|message| message["source"].as_str().unwrap()).collect();
    assert_eq!(said, BTreeSet::from(["bookings", "inventory", "notifications", "orders", "payments"]));
    let ids: BTreeSet<_> = messages.iter().map(|message| message["body"]["bookingId"].as_str()).collect();
    assert!(!ids.contains(&Some(&*other)), "{ids:?}");
    let times: Vec<_> = messages.iter().map(|message| message["publishedAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let all = Value::from(messages.clone()).to_string();
    assert!(all.contains(r#""paymentToken":"[redacted]""#) && !all.contains("tok_ok"), "{all}");
}

#[tokio::test]
async fn what_was_put_aside_is_shown_where_it_waits() {
    let late = Ordered::new(Fault::Late, "orders", "InventorySoldEvent");
    let mut town = Town::open_with(Some(late), &[("BOXOFFICE_OUTBOX_MAX_ATTEMPTS", "1")]).await;
    let booking = place(&mut town, ANN, "tok_ok").await;
    let dead = hearing(&town, &booking, "InventorySoldEvent", "orders", "dead-lettered").await;
    assert_eq!(dead, json!({"service": "orders", "state": "dead-lettered", "attempts": 1, "error": "not now"}));

    let late = Ordered::new(Fault::Late, "orders", "InventorySoldEvent");
    let mut town = Town::open_with(Some(late), &[("BOXOFFICE_OUTBOX_FIRST_WAIT", "1h")]).await;
    let booking = place(&mut town, ANN, "tok_ok").await;
    let waiting = hearing(&town, &booking, "InventorySoldEvent", "orders", "deferred").await;
    assert_eq!((&waiting["attempts"], &waiting["error"]), (&json!(1), &json!("not now")));
    assert!(waiting["dueAt"].is_string(), "{waiting}");
}

#[tokio::test]
async fn a_letter_that_never_goes_out_is_shown_though_nobody_was_told() {
    let mut town = Town::open_with(None, &[("BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS", "1")]).await;
    let fay = ("fay", "customer");
    let profile = json!({"name": "fay", "email": "fay@fail.test"});
    town.must(fay, Method::PUT, "/api/v1/users/me", profile).await;
    let booking = place(&mut town, fay, "tok_ok").await;
    let dead = hearing(&town, &booking, "NotificationQueuedEvent", "notifications", "dead-lettered").await;
    assert!(dead["error"].as_str().unwrap().contains("fail.test"), "{dead}");
    let all = messages(&town, &booking).await;
    let letter = all.iter().find(|message| message["kind"] == "NotificationQueuedEvent").unwrap();
    assert_eq!((&letter["source"], letter["position"].as_i64().unwrap() < 0), (&json!("notifications"), true));
}

#[tokio::test]
async fn they_are_for_operators_and_of_bookings_that_there_are() {
    let mut town = Town::open().await;
    let booking = place(&mut town, ANN, "tok_ok").await;
    for (who, id, status) in [
        (ANN, &*booking, 403),
        (("olga", "organizer"), &*booking, 403),
        (OTTO, "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", 404),
        (OTTO, "7", 400),
    ] {
        let answer = town.get(who, &format!("/api/v1/bookings/{id}/messages")).await;
        assert_eq!(answer.status, status, "{who:?} {id}: {}", answer.body);
    }
    town.settle().await;
}
