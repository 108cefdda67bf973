//! `POST /bookings/{id}/cancel`, from each state.

use boxoffice_contracts::{Reason, events::Refund};
use serde_json::json;

use crate::{
    events::{order_cancelled, order_confirmed, order_failed, payment_processed, refunded},
    harness::{TestBookings, booking},
};

#[tokio::test]
async fn a_cancelled_pending_booking_stays_cancelled() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    let answer = service.cancel("ann", id, &[]).await;
    assert_eq!((answer.status.as_u16(), &answer.body["status"]), (200, &json!("CANCELLED")));
    assert_eq!(answer.body["reason"], "cancelled");
    assert_eq!(answer.body["timeline"][1]["by"], "ann");
    assert_eq!(service.last_published().await["reason"], "cancelled");
    for late in [order_confirmed(id), payment_processed(id, true), order_failed(id, Reason::Expired)] {
        service.deliver_message(&late).await.unwrap();
    }
    let (row, tickets) = service.stored(id).await.unwrap();
    assert_eq!((row.deadline_at, tickets.len()), (None, 0));
    assert_eq!(service.status(id).await, "CANCELLED");
    assert_eq!(service.published_kinds().await, ["BookingCreated", "BookingCancelled"]);
}

#[tokio::test]
async fn the_tickets_of_a_confirmed_booking_become_void() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    service.deliver_message(&order_confirmed(id)).await.unwrap();
    let answer = service.cancel("ann", id, &[]).await;
    let statuses: Vec<_> =
        answer.body["tickets"].as_array().unwrap().iter().map(|ticket| ticket["status"].clone()).collect();
    assert_eq!(statuses, ["void", "void"]);
    service.deliver_message(&order_cancelled(id)).await.unwrap();
    service.deliver_message(&refunded(id, Refund::Pending)).await.unwrap();
    service.deliver_message(&refunded(id, Refund::Done)).await.unwrap();
    let again = service.cancel("ann", id, &[]).await;
    assert_eq!((again.status.as_u16(), &again.body["refund"]), (200, &json!("done")));
    assert_eq!(again.body["tickets"], answer.body["tickets"]);
    assert_eq!(
        service.published_kinds().await,
        ["BookingCreated", "BookingCancelled"],
        "the cancellation is published once"
    );
}

#[tokio::test]
async fn a_failed_or_expired_booking_cannot_be_cancelled() {
    let service = TestBookings::new().await;
    for reason in [Reason::Declined, Reason::Expired] {
        let id = service.booked().await;
        service.deliver_message(&order_failed(id, reason)).await.unwrap();
        assert_eq!(service.cancel("ann", id, &[]).await.code(), (409, "not-cancellable"), "{reason}");
    }
    assert_eq!(service.published_kinds().await, ["BookingCreated", "BookingCreated"]);
}

#[tokio::test]
async fn only_its_owner_and_operators_cancel_a_booking() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    assert_eq!(service.cancel("bob", id, &[]).await.code(), (404, "not-found"));
    assert_eq!(service.cancel("carl", id, &[]).await.code(), (404, "not-found"));
    assert_eq!(service.cancel("olga", id, &[]).await.code(), (403, "forbidden"));
    assert_eq!(service.cancel("ann", booking(99), &[]).await.code(), (404, "not-found"));
    assert_eq!(service.status(id).await, "PENDING");
    let answer = service.cancel("otto", id, &[]).await;
    assert_eq!((answer.status.as_u16(), &answer.body["timeline"][1]["by"]), (200, &json!("otto")));
}

#[tokio::test]
async fn if_match_refuses_a_stale_version() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    let path = format!("/api/v1/bookings/{id}");
    assert_eq!(service.get(&path, "ann").await.header("etag"), Some("\"1\""));
    service.deliver_message(&order_confirmed(id)).await.unwrap();
    let seen = service.get(&path, "ann").await.header("etag").unwrap().to_owned();
    assert_eq!(seen, "\"2\"");
    let stale = service.cancel("ann", id, &[("if-match", "\"1\"")]).await;
    assert_eq!((stale.code(), service.status(id).await.as_str()), ((412, "precondition-failed"), "CONFIRMED"));
    assert_eq!(service.cancel("bob", id, &[("if-match", &seen)]).await.code(), (404, "not-found"));
    let key = ("idempotency-key", "k");
    let cancelled = service.cancel("ann", id, &[("if-match", &seen), key]).await;
    assert_eq!((cancelled.status.as_u16(), cancelled.header("etag")), (200, Some("\"3\"")));
    assert_eq!(service.cancel("ann", id, &[("if-match", &seen)]).await.code(), (412, "precondition-failed"));
    let replayed = service.cancel("ann", id, &[("if-match", &seen), key]).await;
    assert_eq!((replayed.status.as_u16(), replayed.header("etag")), (200, Some("\"3\"")), "the key was used before");
    assert_eq!(service.cancel("ann", id, &[("if-match", "not-an-etag")]).await.code(), (400, "invalid"));
}
