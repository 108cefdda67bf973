//! Every message handler, with its message delivered once, twice, early and late.

use std::collections::BTreeSet;

use boxoffice_bookings::{
    domain::{PaymentStatus, TicketStatus, TimelineState},
    store::{Customer, CustomerKey, customer},
};
use boxoffice_contracts::{
    BookingId, Reason, UserId,
    events::{NotificationKind, PlacedThrough, Refund, UserSaved},
    saga,
};

use crate::{
    events::{
        SEATS, message, notified, order_cancelled, order_confirmed, order_created, order_failed, payment_pending,
        payment_processed, refunded,
    },
    harness::{TestBookings, booking},
};

async fn timeline_states(service: &TestBookings, id: BookingId) -> Vec<TimelineState> {
    service.stored(id).await.unwrap().0.timeline.iter().map(|entry| entry.state).collect()
}

#[test]
fn bookings_consumes_the_events_that_the_saga_assigns_to_it() {
    let expected: BTreeSet<_> = saga::consumed_by("bookings").into_iter().collect();
    assert_eq!(boxoffice_bookings::reactions().kinds(), expected);
}

#[tokio::test]
async fn a_confirmed_order_issues_one_ticket_for_each_seat_once() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    for _ in 0..2 {
        service.deliver_message(&order_confirmed(id)).await.unwrap();
    }
    let (row, tickets) = service.stored(id).await.unwrap();
    assert_eq!((service.status(id).await, row.version, row.deadline_at), ("CONFIRMED".into(), 2, None));
    assert_eq!(tickets.len(), SEATS);
    assert!(tickets.iter().all(|ticket| ticket.status == TicketStatus::Valid && ticket.event_id.get() == 3));
    let codes: BTreeSet<_> = tickets.iter().map(|ticket| &ticket.code).collect();
    let ids: BTreeSet<_> = tickets.iter().map(|ticket| ticket.id).collect();
    assert_eq!((codes.len(), ids.len()), (SEATS, SEATS));
    service.deliver_message(&order_failed(id, Reason::Declined)).await.unwrap();
    assert_eq!(service.status(id).await, "CONFIRMED", "a late failure changes nothing");
}

#[tokio::test]
async fn a_failed_order_fails_or_expires_its_booking() {
    let service = TestBookings::new().await;
    for (reason, status) in [(Reason::Declined, "FAILED"), (Reason::SoldOut, "FAILED"), (Reason::Expired, "EXPIRED")] {
        let id = service.booked().await;
        for _ in 0..2 {
            service.deliver_message(&order_failed(id, reason)).await.unwrap();
        }
        let (row, tickets) = service.stored(id).await.unwrap();
        assert_eq!((service.status(id).await.as_str(), row.reason), (status, Some(reason)));
        assert_eq!((row.version, tickets.len()), (2, 0));
        service.deliver_message(&order_confirmed(id)).await.unwrap();
        service.deliver_message(&order_cancelled(id)).await.unwrap();
        assert_eq!(service.status(id).await, status, "it has ended");
    }
}

#[tokio::test]
async fn a_cancelled_order_cancels_its_booking_and_voids_its_tickets() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    service.deliver_message(&order_confirmed(id)).await.unwrap();
    for _ in 0..2 {
        service.deliver_message(&order_cancelled(id)).await.unwrap();
    }
    let (row, tickets) = service.stored(id).await.unwrap();
    assert_eq!((service.status(id).await.as_str(), row.version), ("CANCELLED", 3));
    assert!(tickets.len() == SEATS && tickets.iter().all(|ticket| ticket.status == TicketStatus::Void));
    assert_eq!(
        service.published_kinds().await,
        ["BookingCreated"],
        "the orders service has published the cancellation"
    );
}

#[tokio::test]
async fn an_order_placed_through_orders_creates_its_booking_once() {
    let service = TestBookings::new().await;
    for _ in 0..2 {
        service.deliver_message(&order_created(booking(5), PlacedThrough::Orders)).await.unwrap();
    }
    let (row, _) = service.stored(booking(5)).await.unwrap();
    assert_eq!((service.status(booking(5)).await.as_str(), row.version), ("PENDING", 1));
    assert_eq!((row.user_id, row.total_minor, row.booking_lines.0), (UserId::from(7), 5100, crate::events::lines()));
    assert!(service.published_kinds().await.is_empty(), "the orders service needs no event");
    service.deliver_message(&order_created(booking(6), PlacedThrough::Bookings)).await.unwrap();
    assert!(service.stored(booking(6)).await.is_none(), "an order that was placed through bookings creates no booking");
}

#[tokio::test]
async fn an_outcome_that_arrives_before_order_created_is_kept() {
    let service = TestBookings::new().await;
    let ends = [
        (order_confirmed(booking(1)), "CONFIRMED", SEATS),
        (order_failed(booking(2), Reason::Declined), "FAILED", 0),
        (order_cancelled(booking(3)), "CANCELLED", 0),
    ];
    for (number, (end, status, expected_tickets)) in (1..).zip(ends) {
        service.deliver_message(&end).await.unwrap();
        service.deliver_message(&order_created(booking(number), PlacedThrough::Orders)).await.unwrap();
        let (row, tickets) = service.stored(booking(number)).await.unwrap();
        assert_eq!(
            (service.status(booking(number)).await.as_str(), tickets.len(), row.version),
            (status, expected_tickets, 1)
        );
    }
}

#[tokio::test]
async fn payments_and_notifications_of_unknown_bookings_are_refused() {
    let service = TestBookings::new().await;
    for early in [
        payment_pending(booking(1)),
        payment_processed(booking(1), true),
        refunded(booking(1), Refund::Pending),
        notified(booking(1), NotificationKind::BookingConfirmed),
    ] {
        assert!(service.deliver_message(&early).await.unwrap_err().ends_with("does not exist yet"), "{}", early.kind);
    }
    assert_eq!(service.bookings().await, 0);
}

#[tokio::test]
async fn the_timeline_shows_everything_once() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    let messages = [
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
    for message in messages.iter().chain(&messages) {
        service.deliver_message(message).await.unwrap();
    }
    let expected = [
        TimelineState::Pending,
        TimelineState::PaymentPending,
        TimelineState::Paid,
        TimelineState::Confirmed,
        TimelineState::Notified,
        TimelineState::Cancelled,
        TimelineState::RefundPending,
        TimelineState::RefundFailed,
        TimelineState::RefundDone,
        TimelineState::Notified,
    ];
    assert_eq!(timeline_states(&service, id).await, expected);
    let (row, _) = service.stored(id).await.unwrap();
    assert_eq!((row.refund, row.payment, row.version), (Refund::Done, PaymentStatus::Paid, 10));
    let response = service.get(&format!("/api/v1/bookings/{id}"), "ann").await;
    assert_eq!(response.body["timeline"][4]["note"], "booking-confirmed by email");
    assert_eq!(
        (&response.body["timeline"][8]["note"], &response.body["timeline"][8]["by"]),
        (&"51.00 EUR".into(), &"payments".into())
    );
}

#[tokio::test]
async fn a_payment_outcome_is_final_and_a_payment_after_the_end_is_shown() {
    let service = TestBookings::new().await;
    let id = service.booked().await;
    service.deliver_message(&payment_processed(id, false)).await.unwrap();
    service.deliver_message(&payment_pending(id)).await.unwrap();
    service.deliver_message(&payment_processed(id, true)).await.unwrap();
    let (row, _) = service.stored(id).await.unwrap();
    assert_eq!((row.payment, row.version), (PaymentStatus::Failed, 2));
    let ended = service.booked().await;
    service.deliver_message(&order_failed(ended, Reason::Expired)).await.unwrap();
    service.deliver_message(&payment_processed(ended, true)).await.unwrap();
    assert_eq!(
        timeline_states(&service, ended).await,
        [TimelineState::Pending, TimelineState::Expired, TimelineState::Paid]
    );
}

#[tokio::test]
async fn the_copy_of_a_customer_follows_the_users_service() {
    let service = TestBookings::new().await;
    let save = async |subject: Option<&str>, deleted: bool| {
        let saved = UserSaved { user_id: UserId::from(9), subject: subject.map(str::to_owned), deleted, version: 1 };
        service.deliver_message(&message(&saved)).await.unwrap();
        service.deliver_message(&message(&saved)).await.unwrap();
    };
    let row = async || -> Customer {
        customer(service.writer.database(), CustomerKey::User(UserId::from(9))).await.unwrap().unwrap()
    };
    // The version of the row is that of the copy, which counts changes; the event has the version of the user.
    save(Some("carl"), false).await;
    save(Some("charles"), false).await;
    assert_eq!((row().await.subject.as_deref(), row().await.version), (Some("charles"), 2));
    let by_subject = async |subject| customer(service.writer.database(), CustomerKey::Subject(subject)).await.unwrap();
    assert_eq!(by_subject("charles").await.unwrap().user_id, UserId::from(9));
    assert!(by_subject("carl").await.is_none());
    save(None, true).await;
    save(Some("charles"), false).await;
    assert!(row().await.deleted, "a deleted customer stays deleted");
    assert!(by_subject("charles").await.is_none());
}
