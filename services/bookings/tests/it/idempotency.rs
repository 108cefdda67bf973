//! `Idempotency-Key`: repeated and concurrent requests have one effect.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use tokio::sync::Notify;

use crate::{
    events::order_confirmed,
    harness::{BookingResponse as _, TWO, TestBookings, until},
};

const KEY: &[(&str, &str)] = &[("idempotency-key", "k1")];

#[tokio::test]
async fn a_repeated_key_answers_the_current_booking() {
    let service = TestBookings::new().await;
    let first = service.book("ann", KEY, TWO).await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
    service.deliver_message(&order_confirmed(first.id())).await.unwrap();
    let again = service.book("ann", KEY, r#"{ "lines": [{"quantity": 2, "ticketTypeId": 5}] }"#).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((again.id(), &again.body["status"]), (first.id(), &json!("CONFIRMED")));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(service.fakes.with(|known| known.holds.len()), 1, "no second hold");
    assert_eq!((service.bookings().await, service.published_kinds().await.len()), (1, 1));
}

#[tokio::test]
async fn a_key_belongs_to_one_body_and_one_caller() {
    let service = TestBookings::new().await;
    service.book("ann", KEY, TWO).await;
    let other = service.book("ann", KEY, r#"{"lines":[{"ticketTypeId":5,"quantity":1}]}"#).await;
    assert_eq!(other.code(), (422, "key-reused"));
    assert_eq!(service.bookings().await, 1);
    let bobs = service.book("bob", KEY, TWO).await;
    assert_eq!((bobs.status.as_u16(), bobs.header("idempotency-replayed")), (201, None));
    let malformed = service.book("ann", &[("idempotency-key", "a b")], TWO).await;
    assert_eq!(malformed.code(), (400, "invalid"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_with_one_key_at_once_share_one_attempt() {
    let service = TestBookings::new().await;
    // Seats for one attempt: a second one would be refused as sold out.
    service.fakes.with(|known| known.left = Some(2));
    let call = || service.request(Method::POST, "/api/v1/bookings", "ann", KEY, TWO);
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
    assert_eq!((fresh, ids.len(), service.bookings().await), (1, 1, 1));
    assert_eq!(service.fakes.with(|known| known.holds.len()), 1);
}

#[tokio::test]
async fn the_slower_of_two_instances_releases_its_hold_and_answers_the_other_booking() {
    let service = TestBookings::new().await;
    let other = service.another_instance();
    let gate = Arc::new(Notify::new());
    service.fakes.with(|known| known.gate = Some(gate.clone()));
    let slow = tokio::spawn(other.request(Method::POST, "/api/v1/bookings", "ann", KEY, TWO));
    until(async || service.fakes.with(|known| known.holds.len()) == 1).await;
    service.fakes.with(|known| known.gate = None);
    let first = service.book("ann", KEY, TWO).await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
    gate.notify_one();
    let second = slow.await.unwrap();
    assert_eq!((second.status.as_u16(), second.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((second.id(), service.bookings().await), (first.id(), 1));
    let (slow_hold, released) = service.fakes.with(|known| (known.holds[0].id.clone(), known.released.clone()));
    assert_eq!(released, [slow_hold]);
}

#[tokio::test]
async fn a_refusal_leaves_nothing_behind() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.left = Some(0));
    assert_eq!(service.book("ann", KEY, TWO).await.code(), (409, "sold-out"));
    service.fakes.with(|known| known.left = Some(2));
    let answer = service.book("ann", KEY, TWO).await;
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (201, None));
}

#[tokio::test]
async fn a_cancellation_with_a_key_is_idempotent() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    assert_eq!(service.cancel("ann", id, KEY).await.header("idempotency-replayed"), None);
    let again = service.cancel("ann", id, KEY).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (200, Some("true")));
    assert_eq!(again.body["status"], "CANCELLED");
    let other = service.booked().await;
    let another = service.cancel("ann", other, KEY).await;
    assert_eq!((another.id(), another.header("idempotency-replayed")), (other, None), "a key is bound to its path");
}
