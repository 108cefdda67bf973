//! Every reaction: once, twice, early and late.

use std::collections::BTreeSet;

use boxoffice_bookings::{
    domain::{Milestone, Payment, TicketStatus},
    store::{Customer, Named, customer},
};
use boxoffice_contracts::{
    BookingId, Reason, UserId,
    events::{NotificationKind, PlacedThrough, Refund, UserSaved},
    saga,
};

use crate::{
    events::{
        PLACES, message, notified, order_cancelled, order_confirmed, order_created, order_failed, payment_pending,
        payment_processed, refunded,
    },
    house::{House, booking},
};

async fn milestones(house: &House, id: BookingId) -> Vec<Milestone> {
    house.row(id).await.unwrap().0.timeline.iter().map(|entry| entry.state).collect()
}

#[test]
fn it_reacts_to_what_the_saga_says() {
    let expected: BTreeSet<_> = saga::consumed_by("bookings").into_iter().collect();
    assert_eq!(boxoffice_bookings::reactions().kinds(), expected);
}

#[tokio::test]
async fn a_confirmed_order_issues_one_ticket_for_each_place_once() {
    let house = House::new().await;
    let id = house.booked().await;
    for _ in 0..2 {
        house.hear(&order_confirmed(id)).await.unwrap();
    }
    let (row, tickets) = house.row(id).await.unwrap();
    assert_eq!((house.status(id).await, row.version, row.deadline_at), ("CONFIRMED".into(), 2, None));
    assert_eq!(tickets.len(), PLACES);
    assert!(tickets.iter().all(|ticket| ticket.status == TicketStatus::Valid && ticket.event_id.get() == 3));
    let codes: BTreeSet<_> = tickets.iter().map(|ticket| &ticket.code).collect();
    let ids: BTreeSet<_> = tickets.iter().map(|ticket| ticket.id).collect();
    assert_eq!((codes.len(), ids.len()), (PLACES, PLACES));
    house.hear(&order_failed(id, Reason::Declined)).await.unwrap();
    assert_eq!(house.status(id).await, "CONFIRMED", "too late to fail");
}

#[tokio::test]
async fn a_failed_order_fails_or_expires_its_booking() {
    let house = House::new().await;
    for (reason, status) in [(Reason::Declined, "FAILED"), (Reason::SoldOut, "FAILED"), (Reason::Expired, "EXPIRED")] {
        let id = house.booked().await;
        for _ in 0..2 {
            house.hear(&order_failed(id, reason)).await.unwrap();
        }
        let (row, tickets) = house.row(id).await.unwrap();
        assert_eq!((house.status(id).await.as_str(), row.reason), (status, Some(reason)));
        assert_eq!((row.version, tickets.len()), (2, 0));
        house.hear(&order_confirmed(id)).await.unwrap();
        house.hear(&order_cancelled(id)).await.unwrap();
        assert_eq!(house.status(id).await, status, "it has ended");
    }
}

#[tokio::test]
async fn a_cancelled_order_cancels_its_booking_and_voids_its_tickets() {
    let house = House::new().await;
    let id = house.booked().await;
    house.hear(&order_confirmed(id)).await.unwrap();
    for _ in 0..2 {
        house.hear(&order_cancelled(id)).await.unwrap();
    }
    let (row, tickets) = house.row(id).await.unwrap();
    assert_eq!((house.status(id).await.as_str(), row.version), ("CANCELLED", 3));
    assert!(tickets.len() == PLACES && tickets.iter().all(|ticket| ticket.status == TicketStatus::Void));
    assert_eq!(house.said().await, ["BookingCreated"], "the order has said it");
}

#[tokio::test]
async fn an_order_that_was_placed_first_opens_its_booking_once() {
    let house = House::new().await;
    for _ in 0..2 {
        house.hear(&order_created(booking(5), PlacedThrough::Orders)).await.unwrap();
    }
    let (row, _) = house.row(booking(5)).await.unwrap();
    assert_eq!((house.status(booking(5)).await.as_str(), row.version), ("PENDING", 1));
    assert_eq!((row.user_id, row.total_minor, row.lines.0), (UserId::from(7), 5100, crate::events::lines()));
    assert!(house.said().await.is_empty(), "orders knows it");
    house.hear(&order_created(booking(6), PlacedThrough::Bookings)).await.unwrap();
    assert!(house.row(booking(6)).await.is_none(), "what was placed here is known here");
}

#[tokio::test]
async fn the_end_of_an_order_that_overtakes_its_beginning_stands() {
    let house = House::new().await;
    let ends = [
        (order_confirmed(booking(1)), "CONFIRMED", PLACES),
        (order_failed(booking(2), Reason::Declined), "FAILED", 0),
        (order_cancelled(booking(3)), "CANCELLED", 0),
    ];
    for (number, (end, status, places)) in (1..).zip(ends) {
        house.hear(&end).await.unwrap();
        house.hear(&order_created(booking(number), PlacedThrough::Orders)).await.unwrap();
        let (row, tickets) = house.row(booking(number)).await.unwrap();
        assert_eq!((house.status(booking(number)).await.as_str(), tickets.len(), row.version), (status, places, 1));
    }
}

#[tokio::test]
async fn payments_and_letters_about_unknown_bookings_come_too_early() {
    let house = House::new().await;
    for early in [
        payment_pending(booking(1)),
        payment_processed(booking(1), true),
        refunded(booking(1), Refund::Pending),
        notified(booking(1), NotificationKind::BookingConfirmed),
    ] {
        assert!(house.hear(&early).await.unwrap_err().starts_with("too early"), "{}", early.kind);
    }
    assert_eq!(house.bookings().await, 0);
}

#[tokio::test]
async fn the_timeline_shows_everything_once() {
    let house = House::new().await;
    let id = house.booked().await;
    let course = [
        payment_pending(id),
        payment_processed(id, true),
        order_confirmed(id),
        notified(id, NotificationKind::BookingConfirmed),
        order_cancelled(id),
        refunded(id, Refund::Pending),
        refunded(id, Refund::Failed),
        refunded(id, Refund::Done),
        notified(id, NotificationKind::BookingCancelled),
    ];
    for message in course.iter().chain(&course) {
        house.hear(message).await.unwrap();
    }
    let expected = [
        Milestone::Pending,
        Milestone::PaymentPending,
        Milestone::Paid,
        Milestone::Confirmed,
        Milestone::Notified,
        Milestone::Cancelled,
        Milestone::RefundPending,
        Milestone::RefundFailed,
        Milestone::RefundDone,
        Milestone::Notified,
    ];
    assert_eq!(milestones(&house, id).await, expected);
    let (row, _) = house.row(id).await.unwrap();
    assert_eq!((row.refund, row.payment, row.version), (Refund::Done, Payment::Paid, 10));
    let shown = house.get(&format!("/api/v1/bookings/{id}"), "ann").await;
    assert_eq!(shown.body["timeline"][4]["note"], "booking-confirmed by email");
    assert_eq!(
        (&shown.body["timeline"][8]["note"], &shown.body["timeline"][8]["by"]),
        (&"51.00 EUR".into(), &"payments".into())
    );
}

#[tokio::test]
async fn what_comes_late_of_a_payment_is_shown_and_moves_nothing_back() {
    let house = House::new().await;
    let id = house.booked().await;
    house.hear(&payment_processed(id, false)).await.unwrap();
    house.hear(&payment_pending(id)).await.unwrap();
    house.hear(&payment_processed(id, true)).await.unwrap();
    let (row, _) = house.row(id).await.unwrap();
    assert_eq!((row.payment, row.version), (Payment::Failed, 2));
    let ended = house.booked().await;
    house.hear(&order_failed(ended, Reason::Expired)).await.unwrap();
    house.hear(&payment_processed(ended, true)).await.unwrap();
    assert_eq!(milestones(&house, ended).await, [Milestone::Pending, Milestone::Expired, Milestone::Paid]);
}

#[tokio::test]
async fn the_copy_of_a_customer_follows_users() {
    let house = House::new().await;
    let save = async |subject: Option<&str>, deleted: bool| {
        let saved = UserSaved { user_id: UserId::from(9), subject: subject.map(str::to_owned), deleted, version: 1 };
        house.hear(&message(&saved)).await.unwrap();
        house.hear(&message(&saved)).await.unwrap();
    };
    let row = async || -> Customer {
        customer(house.writer.database(), Named::User(UserId::from(9))).await.unwrap().unwrap()
    };
    save(Some("carl"), false).await;
    save(Some("charles"), false).await;
    assert_eq!((row().await.subject.as_deref(), row().await.version), (Some("charles"), 2));
    let by_subject = async |subject| customer(house.writer.database(), Named::Subject(subject)).await.unwrap();
    assert_eq!(by_subject("charles").await.unwrap().user_id, UserId::from(9));
    assert!(by_subject("carl").await.is_none());
    save(None, true).await;
    save(Some("charles"), false).await;
    assert!(row().await.deleted, "whoever is gone stays so");
    assert!(by_subject("charles").await.is_none());
}
