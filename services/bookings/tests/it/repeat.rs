//! `Idempotency-Key`: one effect, however often and however closely a request is repeated.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use tokio::sync::Notify;

use crate::{
    events::order_confirmed,
    house::{House, TWO, until},
};

const KEY: &[(&str, &str)] = &[("idempotency-key", "k1")];

#[tokio::test]
async fn a_repeated_key_answers_the_booking_as_it_is_by_then() {
    let house = House::new().await;
    let first = house.book("ann", KEY, TWO).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    house.hear(&order_confirmed(first.id())).await.unwrap();
    let again = house.book("ann", KEY, r#"{ "lines": [{"quantity": 2, "ticketTypeId": 5}] }"#).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((again.id(), &again.body["status"]), (first.id(), &json!("CONFIRMED")));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(house.neighbors.with(|known| known.holds.len()), 1, "no second hold");
    assert_eq!((house.bookings().await, house.said().await.len()), (1, 1));
}

#[tokio::test]
async fn a_key_belongs_to_one_body_and_one_caller() {
    let house = House::new().await;
    house.book("ann", KEY, TWO).await;
    let other = house.book("ann", KEY, r#"{"lines":[{"ticketTypeId":5,"quantity":1}]}"#).await;
    assert_eq!(other.code(), (422, "key-reused"));
    assert_eq!(house.bookings().await, 1);
    let bobs = house.book("bob", KEY, TWO).await;
    assert_eq!((bobs.status, bobs.header("idempotency-replayed")), (201, None));
    let malformed = house.book("ann", &[("idempotency-key", "a b")], TWO).await;
    assert_eq!(malformed.code(), (400, "invalid"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_with_one_key_at_once_share_one_attempt() {
    let house = House::new().await;
    // Places for one: a second attempt would be told that they are sold out.
    house.neighbors.with(|known| known.left = Some(2));
    let call = || house.request(Method::POST, "/api/v1/bookings", "ann", KEY, TWO).answer();
    let calls: Vec<_> = (0..8).map(|_| tokio::spawn(call())).collect();
    let mut fresh = 0;
    let mut ids = Vec::new();
    for call in calls {
        let answer = call.await.unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        fresh += usize::from(answer.header("idempotency-replayed").is_none());
        ids.push(answer.id());
    }
    ids.dedup();
    assert_eq!((fresh, ids.len(), house.bookings().await), (1, 1, 1));
    assert_eq!(house.neighbors.with(|known| known.holds.len()), 1);
}

#[tokio::test]
async fn the_slower_of_two_instances_gives_its_hold_back_and_answers_the_others_booking() {
    let house = House::new().await;
    let other = house.beside();
    let gate = Arc::new(Notify::new());
    house.neighbors.with(|known| known.gate = Some(gate.clone()));
    let slow = tokio::spawn(other.request(Method::POST, "/api/v1/bookings", "ann", KEY, TWO).answer());
    until(async || house.neighbors.with(|known| known.holds.len()) == 1).await;
    house.neighbors.with(|known| known.gate = None);
    let first = house.book("ann", KEY, TWO).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    gate.notify_one();
    let second = slow.await.unwrap();
    assert_eq!((second.status, second.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((second.id(), house.bookings().await), (first.id(), 1));
    let (slow_hold, released) = house.neighbors.with(|known| (known.holds[0].id.clone(), known.released.clone()));
    assert_eq!(released, [slow_hold]);
}

#[tokio::test]
async fn a_refusal_leaves_nothing_behind() {
    let house = House::new().await;
    house.neighbors.with(|known| known.left = Some(0));
    assert_eq!(house.book("ann", KEY, TWO).await.code(), (409, "sold-out"));
    house.neighbors.with(|known| known.left = Some(2));
    let answer = house.book("ann", KEY, TWO).await;
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, None));
}

#[tokio::test]
async fn a_cancellation_with_a_key_is_one_too() {
    let house = House::new().await;
    let id = house.booked().await;
    assert_eq!(house.cancel("ann", id, KEY).await.header("idempotency-replayed"), None);
    let again = house.cancel("ann", id, KEY).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
    assert_eq!(again.body["status"], "CANCELLED");
    let other = house.booked().await;
    let another = house.cancel("ann", other, KEY).await;
    assert_eq!((another.id(), another.header("idempotency-replayed")), (other, None), "a key is bound to its path");
}
