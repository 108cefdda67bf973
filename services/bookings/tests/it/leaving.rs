//! Users deletes somebody: nothing is booked for them meanwhile nor afterwards, and whoever stays can book again.

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
    house::{Answer, House, Opening, TWO, booking, until},
};

/// What bookings says about the deletion of Ann, who is user 7, as this version.
async fn retire(house: &House, version: i64) -> Value {
    let answer = ask_to_retire(house, "otto", version).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn ask_to_retire(house: &House, subject: &str, version: i64) -> Answer {
    let body = json!({"version": version}).to_string();
    house.request(Method::POST, "/internal/customers/7/retire", subject, &[], &body).answer().await
}

async fn hears_of_ann(house: &House, version: i64, deleted: bool) {
    let subject = (!deleted).then(|| "ann".to_owned());
    let saved = UserSaved { user_id: UserId::from(7), subject, deleted, version };
    for _ in 0..2 {
        house.hear(&message(&saved)).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_has_an_open_booking_stays_and_goes_on_booking() {
    let house = House::new().await;
    let id = house.booked().await;
    assert_eq!(retire(&house, 1).await, json!({"hasBookings": true, "retired": false}));
    house.hear(&order_confirmed(id)).await.unwrap();
    assert_eq!(retire(&house, 1).await, json!({"hasBookings": true, "retired": false}));
    house.booked().await;
    assert_eq!(ask_to_retire(&house, "ann", 1).await.code(), (403, "forbidden"));
    assert_eq!(ask_to_retire(&house, "otto", 0).await.code(), (400, "invalid"));
}

#[tokio::test]
async fn nothing_is_booked_for_whoever_is_about_to_be_deleted() {
    let house = House::new().await;
    let id = house.booked().await;
    assert_eq!(house.cancel("ann", id, &[]).await.status, 200);
    for _ in 0..2 {
        assert_eq!(retire(&house, 1).await, json!({"hasBookings": false, "retired": true}));
    }
    assert_eq!(house.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    let named = r#"{"lines":[{"ticketTypeId":5,"quantity":2}],"userId":7}"#;
    assert_eq!(house.book("otto", &[], named).await.code(), (409, "profile-missing"));
    let released = house.neighbors.with(|known| known.released.len());
    assert_eq!(released, 2, "what was held for it is given back");
    assert_eq!(house.get("/api/v1/bookings", "ann").await.body.as_array().unwrap().len(), 1, "reading goes on");
    assert_eq!(house.book("bob", &[], TWO).await.status, 201);
    hears_of_ann(&house, 2, true).await;
    assert_eq!(house.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    assert_eq!(house.get(&format!("/api/v1/bookings/{id}"), "otto").await.status, 200, "operators see what there was");
}

#[tokio::test]
async fn a_booking_that_is_under_way_is_refused_when_its_user_is_retired_meanwhile() {
    let house = House::new().await;
    let gate = Arc::new(Notify::new());
    house.neighbors.with(|known| known.gate = Some(gate.clone()));
    let request = house.request(Method::POST, "/api/v1/bookings", "ann", &[], TWO);
    let request = tokio::spawn(request.answer());
    until(async || !house.neighbors.with(|known| known.holds.is_empty())).await;
    assert_eq!(retire(&house, 1).await, json!({"hasBookings": false, "retired": true}));
    gate.notify_one();
    assert_eq!(request.await.unwrap().code(), (409, "profile-missing"));
    assert_eq!((house.bookings().await, house.neighbors.with(|known| known.released.len())), (0, 1));
}

#[tokio::test]
async fn whoever_is_saved_again_books_again_and_an_old_message_does_not_count() {
    let house = House::new().await;
    retire(&house, 3).await;
    for old in [0, 2, 3] {
        hears_of_ann(&house, old, false).await;
        assert_eq!(house.book("ann", &[], TWO).await.code(), (409, "profile-missing"), "{old}");
    }
    // A deletion that was asked for before and comes late takes nothing back.
    retire(&house, 2).await;
    hears_of_ann(&house, 4, false).await;
    house.booked().await;
}

#[tokio::test]
async fn of_whoever_was_not_heard_of_nothing_is_booked_either() {
    let house = House::new().await;
    house.neighbors.with(|known| known.users.push(("carl".into(), 9)));
    let body = json!({"version": 1}).to_string();
    let answer = house.request(Method::POST, "/internal/customers/9/retire", "otto", &[], &body).answer().await;
    assert_eq!(answer.body, json!({"hasBookings": false, "retired": true}));
    assert_eq!(house.book("carl", &[], TWO).await.code(), (409, "profile-missing"));
}

/// The program ended between the two halves of a deletion, and nobody asks again.
#[tokio::test]
async fn a_deletion_that_was_not_finished_is_settled_by_asking_users() {
    let house = House::new().await;
    house.neighbors.with(|known| known.users.push(("ann".into(), 7)));
    retire(&house, 1).await;
    let house = house.reopen(Duration::from_secs(1), Opening::default());
    assert_eq!(house.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
    house.after(Duration::from_secs(11), async || !house.neighbors.with(|known| known.kept.is_empty())).await;
    assert_eq!(house.neighbors.with(|known| known.kept[0]), (7, 1), "so that the deletion is refused from here on");
    until(async || house.book("ann", &[], TWO).await.status == 201).await;
}

#[tokio::test]
async fn one_that_was_finished_stays_so_though_it_is_not_heard_of_yet() {
    let house = House::new().await;
    retire(&house, 1).await;
    house.after(Duration::from_secs(20), async || house.neighbors.with(|known| known.kept.len() >= 2)).await;
    assert_eq!(house.book("ann", &[], TWO).await.code(), (409, "profile-missing"));
}

#[tokio::test]
async fn an_order_that_was_placed_while_its_user_was_deleted_is_called_off() {
    let house = House::new().await;
    retire(&house, 1).await;
    let placed = order_created(booking(5), PlacedThrough::Orders);
    assert!(house.hear(&placed).await.is_err(), "it is not known yet what becomes of its user");
    hears_of_ann(&house, 2, true).await;
    for _ in 0..2 {
        house.hear(&placed).await.unwrap();
    }
    assert_eq!(
        (house.status(booking(5)).await.as_str(), house.said().await),
        ("CANCELLED", vec!["BookingCancelled".into()])
    );
    house.hear(&order_confirmed(booking(5))).await.unwrap();
    house.hear(&order_cancelled(booking(5))).await.unwrap();
    let (row, tickets) = house.row(booking(5)).await.unwrap();
    assert_eq!((tickets.len(), row.timeline.iter().last().unwrap().note.as_deref()), (0, Some("the customer is gone")));
}

#[tokio::test]
async fn an_order_of_whoever_stays_waits_and_is_opened() {
    let house = House::new().await;
    retire(&house, 1).await;
    let placed = order_created(booking(5), PlacedThrough::Orders);
    assert!(house.hear(&placed).await.is_err());
    hears_of_ann(&house, 2, false).await;
    house.hear(&placed).await.unwrap();
    assert_eq!(house.status(booking(5)).await, "PENDING");
    let placed_before = order_created(booking(6), PlacedThrough::Bookings);
    retire(&house, 2).await;
    house.hear(&placed_before).await.unwrap();
}
