//! Deletion of users: a user cannot book during and after it, and can book again when it is refused.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use boxoffice_contracts::{
    UserId,
    events::{PlacedThrough, UserSaved},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{
    events::{message, order_cancelled, order_confirmed, order_created},
    harness::{Options, TWO, TestBookings, booking, until},
};
use boxoffice_testkit::TestResponse;

/// The response to the retirement of Ann, who is user 7, at this version.
async fn retire(service: &TestBookings, version: i64) -> Value {
    let answer = ask_to_retire(service, "otto", version).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn ask_to_retire(service: &TestBookings, subject: &str, version: i64) -> TestResponse {
    let body = json!({"version": version}).to_string();
    service.request(Method::POST, "/internal/customers/7/retire", subject, &[], &body).await
}

async fn publish_ann(service: &TestBookings, version: i64, deleted: bool) {
    let subject = (!deleted).then(|| "ann".to_owned());
    let saved = UserSaved { user_id: UserId::from(7), subject, deleted, version };
    for _ in 0..2 {
        service.deliver_message(&message(&saved)).await.unwrap();
    }
}

#[tokio::test]
async fn a_user_with_an_open_booking_is_not_retired_and_can_book() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    assert_eq!(retire(&service, 1).await, json!({"hasBookings": true, "retired": false}));
    service.deliver_message(&order_confirmed(id)).await.unwrap();
    assert_eq!(retire(&service, 1).await, json!({"hasBookings": true, "retired": false}));
    service.booked().await;
    assert_eq!(ask_to_retire(&service, "ann", 1).await.code(), (403, "forbidden"));
    assert_eq!(ask_to_retire(&service, "otto", 0).await.code(), (400, "invalid"));
}

#[tokio::test]
async fn a_user_who_is_about_to_be_deleted_cannot_book() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    assert_eq!(service.cancel("ann", id, &[]).await.status, 200);
    for _ in 0..2 {
        assert_eq!(retire(&service, 1).await, json!({"hasBookings": false, "retired": true}));
    }
    assert_eq!(service.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    let named = r#"{"lines":[{"ticketTypeId":5,"quantity":2}],"userId":7}"#;
    assert_eq!(service.book("otto", &[], named).await.code(), (409, "profile-missing"));
    let released = service.fakes.with(|known| known.released.len());
    assert_eq!(released, 2, "its holds are released");
    assert_eq!(
        service.get("/api/v1/bookings", "ann").await.body.as_array().unwrap().len(),
        1,
        "bookings stay readable"
    );
    assert_eq!(service.book("bob", &[], TWO).await.status, 201);
    publish_ann(&service, 2, true).await;
    assert_eq!(service.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    assert_eq!(
        service.get(&format!("/api/v1/bookings/{id}"), "otto").await.status,
        200,
        "operators can still read the booking"
    );
}

#[tokio::test]
async fn a_booking_in_progress_is_refused_when_its_user_is_retired() {
    let service = TestBookings::new().await;
    let gate = Arc::new(Notify::new());
    service.fakes.with(|known| known.gate = Some(gate.clone()));
    let request = service.request(Method::POST, "/api/v1/bookings", "ann", &[], TWO);
    let request = tokio::spawn(request);
    until(async || !service.fakes.with(|known| known.holds.is_empty())).await;
    assert_eq!(retire(&service, 1).await, json!({"hasBookings": false, "retired": true}));
    gate.notify_one();
    assert_eq!(request.await.unwrap().code(), (409, "profile-missing"));
    assert_eq!((service.bookings().await, service.fakes.with(|known| known.released.len())), (0, 1));
}

#[tokio::test]
async fn a_later_version_of_a_retired_user_can_book_and_an_earlier_one_cannot() {
    let service = TestBookings::new().await;
    retire(&service, 3).await;
    for old in [0, 2, 3] {
        publish_ann(&service, old, false).await;
        assert_eq!(service.book("ann", &[], TWO).await.code(), (409, "profile-missing"), "{old}");
    }
    // A late retirement of an earlier version changes nothing.
    retire(&service, 2).await;
    publish_ann(&service, 4, false).await;
    service.booked().await;
}

#[tokio::test]
async fn a_user_without_a_copy_can_be_retired() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.users.push(("carl".into(), 9)));
    let body = json!({"version": 1}).to_string();
    let answer = service.request(Method::POST, "/internal/customers/9/retire", "otto", &[], &body).await;
    assert_eq!(answer.body, json!({"hasBookings": false, "retired": true}));
    assert_eq!(service.book("carl", &[], TWO).await.code(), (409, "profile-missing"));
}

/// The program stopped between the two steps of a deletion, and no request repeats it.
#[tokio::test]
async fn an_unfinished_deletion_is_resolved_by_asking_users() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.users.push(("ann".into(), 7)));
    retire(&service, 1).await;
    let service = service.restart_after(Duration::from_secs(1), Options::default());
    assert_eq!(service.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    service.after(Duration::from_secs(11), async || !service.fakes.with(|known| known.kept.is_empty())).await;
    assert_eq!(service.fakes.with(|known| known.kept[0]), (7, 1), "users refuses the deletion from here on");
    until(async || service.book("ann", &[], TWO).await.status == 201).await;
}

#[tokio::test]
async fn a_finished_deletion_stays_before_it_is_published() {
    let service = TestBookings::new().await;
    retire(&service, 1).await;
    service.after(Duration::from_secs(20), async || service.fakes.with(|known| known.kept.len() >= 2)).await;
    assert_eq!(service.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
}

#[tokio::test]
async fn an_order_placed_while_its_user_was_deleted_is_cancelled() {
    let service = TestBookings::new().await;
    retire(&service, 1).await;
    let placed = order_created(booking(5), PlacedThrough::Orders);
    assert!(service.deliver_message(&placed).await.is_err(), "the deletion of its user is not decided yet");
    publish_ann(&service, 2, true).await;
    for _ in 0..2 {
        service.deliver_message(&placed).await.unwrap();
    }
    assert_eq!(
        (service.status(booking(5)).await.as_str(), service.published_kinds().await),
        ("CANCELLED", vec!["BookingCancelled".into()])
    );
    service.deliver_message(&order_confirmed(booking(5))).await.unwrap();
    service.deliver_message(&order_cancelled(booking(5))).await.unwrap();
    let (row, tickets) = service.stored(booking(5)).await.unwrap();
    assert_eq!(
        (tickets.len(), row.timeline.iter().last().unwrap().note.as_deref()),
        (0, Some("the customer was deleted"))
    );
}

#[tokio::test]
async fn an_order_of_a_user_who_is_kept_is_deferred_and_opened() {
    let service = TestBookings::new().await;
    retire(&service, 1).await;
    let placed = order_created(booking(5), PlacedThrough::Orders);
    assert!(service.deliver_message(&placed).await.is_err());
    publish_ann(&service, 2, false).await;
    service.deliver_message(&placed).await.unwrap();
    assert_eq!(service.status(booking(5)).await, "PENDING");
    let placed_before = order_created(booking(6), PlacedThrough::Bookings);
    retire(&service, 2).await;
    service.deliver_message(&placed_before).await.unwrap();
}
