//! Messages about a booking, in any sequence and with duplicates, never move it back to an earlier status.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
};

use boxoffice_bookings::{
    domain::{BookingStatus, TicketStatus},
    store::{Booking, Ticket},
};
use boxoffice_contracts::{
    BookingId, Reason,
    events::{NotificationKind, PlacedThrough, Refund},
};
use boxoffice_envelope::Message;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::{
    events::{
        SEATS, notified, order_cancelled, order_confirmed, order_created, order_failed, payment_pending,
        payment_processed, refunded,
    },
    harness::{TestBookings, booking},
};

/// A message of every kind that the bookings service consumes, about one booking, with contradicting outcomes.
fn everything(id: BookingId) -> Vec<Message> {
    vec![
        order_created(id, PlacedThrough::Orders),
        payment_pending(id),
        payment_processed(id, true),
        order_confirmed(id),
        order_failed(id, Reason::Expired),
        order_cancelled(id),
        refunded(id, Refund::Pending),
        refunded(id, Refund::Done),
        notified(id, NotificationKind::BookingConfirmed),
        notified(id, NotificationKind::BookingCancelled),
    ]
}

/// Checks the invariants of a booking after each message.
fn check(before: Option<&Booking>, (now, tickets): &(Booking, Vec<Ticket>)) {
    let valid = tickets.iter().filter(|ticket| ticket.status == TicketStatus::Valid).count();
    assert_eq!(valid, if now.status == BookingStatus::Confirmed { SEATS } else { 0 }, "{now:?}");
    assert_eq!(now.deadline_at.is_some(), now.status == BookingStatus::Pending);
    let Some(before) = before else {
        assert_eq!(now.version, 1);
        return;
    };
    let legal = before.status == now.status
        || before.status == BookingStatus::Pending
        || (before.status, now.status) == (BookingStatus::Confirmed, BookingStatus::Cancelled);
    assert!(legal, "{:?} -> {:?}", before.status, now.status);
    assert_eq!(
        now.version,
        before.version + i64::from(before != now),
        "the version increases by one exactly if the booking changes"
    );
}

/// Delivers `messages`; what is refused comes again after the others, as a retry does.
async fn deliver(service: &TestBookings, id: BookingId, messages: Vec<Message>) -> (Booking, Vec<Ticket>) {
    let mut waiting = VecDeque::from(messages);
    let mut before: Option<Booking> = None;
    let mut refused = 0;
    while let Some(message) = waiting.pop_front() {
        if service.deliver_message(&message).await.is_err() {
            refused += 1;
            assert!(refused < 1000, "{} is refused again and again", message.kind);
            waiting.push_back(message);
            continue;
        }
        let now = service.stored(id).await.expect("the booking exists after an accepted message");
        check(before.as_ref(), &now);
        before = Some(now.0);
    }
    service.stored(id).await.expect("the booking exists")
}

#[test]
fn every_booking_has_a_legal_history_whatever_the_order_of_its_messages() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(TestBookings::new());
    let numbers = AtomicU64::new(1);
    let order = prop::collection::vec(0..10_usize, 0..8)
        .prop_flat_map(|again| Just((0..10).chain(again).collect::<Vec<_>>()).prop_shuffle());
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&order, |order| {
            let id = booking(u128::from(numbers.fetch_add(1, Ordering::Relaxed)));
            let all = everything(id);
            let messages = order.iter().map(|index| all[*index].clone()).collect();
            let (row, tickets) = runtime.block_on(deliver(&service, id, messages));
            // Every sequence contains a cancellation, a failure and a completed refund.
            prop_assert!(matches!(row.status, BookingStatus::Cancelled | BookingStatus::Expired), "{row:?}");
            prop_assert_eq!(row.refund, Refund::Done);
            prop_assert!(tickets.iter().all(|ticket| ticket.status == TicketStatus::Void));
            Ok(())
        })
        .unwrap();
}
