//! Bookings of which nothing comes in time end by themselves.

use std::time::Duration;

use boxoffice_contracts::events::PlacedThrough;

use crate::{
    events::{order_confirmed, order_created, payment_pending, payment_processed},
    house::{House, Opening, booking, until},
};

const DEADLINE: Duration = Duration::from_secs(20 * 60);

#[tokio::test]
async fn a_booking_of_which_nothing_is_heard_expires_and_is_undone() {
    let house = House::new().await;
    let id = house.booked().await;
    house.hand.advance(DEADLINE - Duration::from_secs(2));
    assert_eq!(house.status(id).await, "PENDING");
    house.after(Duration::from_secs(3), async || house.status(id).await == "EXPIRED").await;
    let (row, tickets) = house.row(id).await.unwrap();
    assert_eq!((row.reason.unwrap().as_str(), row.deadline_at, tickets.len()), ("expired", None, 0));
    assert_eq!(house.said().await, ["BookingCreated", "BookingCancelled"]);
    assert_eq!(house.last().await["reason"], "expired");
    house.hear(&order_confirmed(id)).await.unwrap();
    assert_eq!((house.status(id).await, house.row(id).await.unwrap().1.len()), ("EXPIRED".into(), 0));
}

#[tokio::test]
async fn the_deadline_waits_for_payments_and_for_tickets_that_are_paid() {
    let house = House::new().await;
    let (silent, paid, idle) = (house.booked().await, house.booked().await, house.booked().await);
    house.hear(&payment_pending(silent)).await.unwrap();
    house.hear(&payment_processed(paid, true)).await.unwrap();
    house.after(2 * DEADLINE, async || house.status(idle).await == "EXPIRED").await;
    assert_eq!(house.status(silent).await, "PENDING");
    assert_eq!(house.status(paid).await, "PENDING");
    house.hear(&payment_processed(silent, false)).await.unwrap();
    house.after(Duration::from_secs(2), async || house.status(silent).await == "EXPIRED").await;
    assert_eq!(house.status(paid).await, "PENDING");
}

#[tokio::test]
async fn a_booking_that_an_order_opened_has_the_same_deadline() {
    let settings = vec![("BOXOFFICE_BOOKINGS_DEADLINE", "60s")];
    let house = House::with(Opening { settings, probe: None }).await;
    let id = booking(5);
    house.hear(&order_created(id, PlacedThrough::Orders)).await.unwrap();
    let due = crate::house::start_of_time().plus(Duration::from_secs(60));
    house.after(Duration::from_secs(2), async || house.row(id).await.unwrap().0.deadline_at == Some(due)).await;
    assert_eq!(house.status(id).await, "PENDING");
    house.after(Duration::from_secs(60), async || house.status(id).await == "EXPIRED").await;
}

#[tokio::test]
async fn what_was_due_while_nothing_ran_ends_at_the_next_start() {
    let house = House::new().await;
    let id = house.booked().await;
    let house = house.reopen(2 * DEADLINE, Opening::default());
    until(async || house.status(id).await == "EXPIRED").await;
}
