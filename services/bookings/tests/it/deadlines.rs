//! Bookings without a payment expire at their deadline.

use std::time::Duration;

use boxoffice_contracts::events::PlacedThrough;

use crate::{
    events::{order_confirmed, order_created, payment_pending, payment_processed},
    harness::{Options, TestBookings, booking, until},
};

const DEADLINE: Duration = Duration::from_secs(20 * 60);

#[tokio::test]
async fn a_booking_without_a_payment_expires_and_is_undone() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    service.clock.advance(DEADLINE - Duration::from_secs(2));
    assert_eq!(service.status(id).await, "PENDING");
    service.after(Duration::from_secs(3), async || service.status(id).await == "EXPIRED").await;
    let (row, tickets) = service.stored(id).await.unwrap();
    assert_eq!((row.reason.unwrap().as_str(), row.deadline_at, tickets.len()), ("expired", None, 0));
    assert_eq!(service.published_kinds().await, ["BookingCreated", "BookingCancelled"]);
    assert_eq!(service.last_published().await["reason"], "expired");
    service.deliver_message(&order_confirmed(id)).await.unwrap();
    assert_eq!((service.status(id).await, service.stored(id).await.unwrap().1.len()), ("EXPIRED".into(), 0));
}

#[tokio::test]
async fn a_pending_or_captured_payment_suspends_the_deadline() {
    let service = TestBookings::new().await;
    let (silent, paid, idle) = (service.booked().await, service.booked().await, service.booked().await);
    service.deliver_message(&payment_pending(silent)).await.unwrap();
    service.deliver_message(&payment_processed(paid, true)).await.unwrap();
    service.after(2 * DEADLINE, async || service.status(idle).await == "EXPIRED").await;
    assert_eq!(service.status(silent).await, "PENDING");
    assert_eq!(service.status(paid).await, "PENDING");
    service.deliver_message(&payment_processed(silent, false)).await.unwrap();
    service.after(Duration::from_secs(2), async || service.status(silent).await == "EXPIRED").await;
    assert_eq!(service.status(paid).await, "PENDING");
}

#[tokio::test]
async fn a_booking_opened_by_an_order_has_the_same_deadline() {
    let settings = vec![("BOXOFFICE_BOOKINGS_DEADLINE", "60s")];
    let service = TestBookings::with(Options { settings, probe: None }).await;
    let id = booking(5);
    service.deliver_message(&order_created(id, PlacedThrough::Orders)).await.unwrap();
    let due = crate::harness::start_of_time().plus(Duration::from_secs(60));
    service.after(Duration::from_secs(2), async || service.stored(id).await.unwrap().0.deadline_at == Some(due)).await;
    assert_eq!(service.status(id).await, "PENDING");
    service.after(Duration::from_secs(60), async || service.status(id).await == "EXPIRED").await;
}

#[tokio::test]
async fn a_deadline_that_passed_while_the_service_was_down_applies_at_the_next_start() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    let service = service.restart_after(2 * DEADLINE, Options::default());
    until(async || service.status(id).await == "EXPIRED").await;
}
