//! `POST /bookings/{id}/cancel`, from each state.

use boxoffice_contracts::{Reason, events::Refund};
use serde_json::json;

use crate::{
    events::{order_cancelled, order_confirmed, order_failed, payment_processed, refunded},
    house::{House, booking},
};

#[tokio::test]
async fn a_pending_booking_is_cancelled_for_good() {
    let house = House::new().await;
    let id = house.booked().await;
    let answer = house.cancel("ann", id, &[]).await;
    assert_eq!((answer.status, &answer.body["status"]), (200, &json!("CANCELLED")));
    assert_eq!(answer.body["reason"], "cancelled");
    assert_eq!(answer.body["timeline"][1]["by"], "ann");
    assert_eq!(house.last().await["reason"], "cancelled");
    for late in [order_confirmed(id), payment_processed(id, true), order_failed(id, Reason::Expired)] {
        house.hear(&late).await.unwrap();
    }
    let (row, tickets) = house.row(id).await.unwrap();
    assert_eq!((row.deadline_at, tickets.len()), (None, 0));
    assert_eq!(house.status(id).await, "CANCELLED");
    assert_eq!(house.said().await, ["BookingCreated", "BookingCancelled"]);
}

#[tokio::test]
async fn the_tickets_of_a_confirmed_booking_become_void() {
    let house = House::new().await;
    let id = house.booked().await;
    house.hear(&order_confirmed(id)).await.unwrap();
    let answer = house.cancel("ann", id, &[]).await;
    let statuses: Vec<_> =
        answer.body["tickets"].as_array().unwrap().iter().map(|ticket| ticket["status"].clone()).collect();
    assert_eq!(statuses, ["void", "void"]);
    house.hear(&order_cancelled(id)).await.unwrap();
    house.hear(&refunded(id, Refund::Pending)).await.unwrap();
    house.hear(&refunded(id, Refund::Done)).await.unwrap();
    let again = house.cancel("ann", id, &[]).await;
    assert_eq!((again.status, &again.body["refund"]), (200, &json!("done")));
    assert_eq!(again.body["tickets"], answer.body["tickets"]);
    assert_eq!(house.said().await, ["BookingCreated", "BookingCancelled"], "it is said once");
}

#[tokio::test]
async fn what_has_ended_otherwise_cannot_be_cancelled() {
    let house = House::new().await;
    for reason in [Reason::Declined, Reason::Expired] {
        let id = house.booked().await;
        house.hear(&order_failed(id, reason)).await.unwrap();
        assert_eq!(house.cancel("ann", id, &[]).await.code(), (409, "not-cancellable"), "{reason}");
    }
    assert_eq!(house.said().await, ["BookingCreated", "BookingCreated"]);
}

#[tokio::test]
async fn only_its_owner_and_operators_cancel_a_booking() {
    let house = House::new().await;
    let id = house.booked().await;
    assert_eq!(house.cancel("bob", id, &[]).await.code(), (404, "not-found"));
    assert_eq!(house.cancel("carl", id, &[]).await.code(), (404, "not-found"));
    assert_eq!(house.cancel("olga", id, &[]).await.code(), (403, "forbidden"));
    assert_eq!(house.cancel("ann", booking(99), &[]).await.code(), (404, "not-found"));
    assert_eq!(house.status(id).await, "PENDING");
    let answer = house.cancel("otto", id, &[]).await;
    assert_eq!((answer.status, &answer.body["timeline"][1]["by"]), (200, &json!("otto")));
}

#[tokio::test]
async fn of_two_who_have_seen_the_same_booking_one_changes_it() {
    let house = House::new().await;
    let id = house.booked().await;
    let path = format!("/api/v1/bookings/{id}");
    assert_eq!(house.get(&path, "ann").await.header("etag"), Some("\"1\""));
    house.hear(&order_confirmed(id)).await.unwrap();
    let seen = house.get(&path, "ann").await.header("etag").unwrap().to_owned();
    assert_eq!(seen, "\"2\"");
    let stale = house.cancel("ann", id, &[("if-match", "\"1\"")]).await;
    assert_eq!((stale.code(), house.status(id).await.as_str()), ((412, "precondition-failed"), "CONFIRMED"));
    assert_eq!(house.cancel("bob", id, &[("if-match", &seen)]).await.code(), (404, "not-found"));
    let key = ("idempotency-key", "k");
    let cancelled = house.cancel("ann", id, &[("if-match", &seen), key]).await;
    assert_eq!((cancelled.status, cancelled.header("etag")), (200, Some("\"3\"")));
    assert_eq!(house.cancel("ann", id, &[("if-match", &seen)]).await.code(), (412, "precondition-failed"));
    let replayed = house.cancel("ann", id, &[("if-match", &seen), key]).await;
    assert_eq!((replayed.status, replayed.header("etag")), (200, Some("\"3\"")), "it has had its effect");
    assert_eq!(house.cancel("ann", id, &[("if-match", "seen")]).await.code(), (400, "invalid"));
}
