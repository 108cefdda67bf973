//! Whatever others say about a booking, in any order and as often as one likes: nothing goes back.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
};

use boxoffice_bookings::{
    domain::{Status, TicketStatus},
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
        PLACES, notified, order_cancelled, order_confirmed, order_created, order_failed, payment_pending,
        payment_processed, refunded,
    },
    house::{House, booking},
};

/// Every message that bookings can hear about one booking, all at odds with each other.
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

/// What must hold of every booking at every moment.
fn check(before: Option<&Booking>, (now, tickets): &(Booking, Vec<Ticket>)) {
    let valid = tickets.iter().filter(|ticket| ticket.status == TicketStatus::Valid).count();
    assert_eq!(valid, if now.status == Status::Confirmed { PLACES } else { 0 }, "{now:?}");
    assert_eq!(now.deadline_at.is_some(), now.status == Status::Pending);
    let Some(before) = before else {
        assert_eq!(now.version, 1);
        return;
    };
    let legal = before.status == now.status
        || before.status == Status::Pending
        || (before.status, now.status) == (Status::Confirmed, Status::Cancelled);
    assert!(legal, "{:?} -> {:?}", before.status, now.status);
    assert_eq!(now.version, before.version + i64::from(before != now), "a change counts one version");
}

/// Delivers `messages`; what is refused comes again after the others, as a retry does.
async fn deliver(house: &House, id: BookingId, messages: Vec<Message>) -> (Booking, Vec<Ticket>) {
    let mut waiting = VecDeque::from(messages);
    let mut before: Option<Booking> = None;
    let mut refused = 0;
    while let Some(message) = waiting.pop_front() {
        if house.hear(&message).await.is_err() {
            refused += 1;
            assert!(refused < 1000, "{} is refused again and again", message.kind);
            waiting.push_back(message);
            continue;
        }
        let now = house.row(id).await.expect("whatever is not refused finds a booking, or opens it");
        check(before.as_ref(), &now);
        before = Some(now.0);
    }
    house.row(id).await.expect("it was there a moment ago")
}

#[test]
fn in_any_order_and_repeated_every_booking_has_one_legal_course() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(House::new());
    let numbers = AtomicU64::new(1);
    let order = prop::collection::vec(0..10_usize, 0..8)
        .prop_flat_map(|again| Just((0..10).chain(again).collect::<Vec<_>>()).prop_shuffle());
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&order, |order| {
            let id = booking(u128::from(numbers.fetch_add(1, Ordering::Relaxed)));
            let all = everything(id);
            let messages = order.iter().map(|index| all[*index].clone()).collect();
            let (row, tickets) = runtime.block_on(deliver(&house, id, messages));
            prop_assert!(matches!(row.status, Status::Cancelled | Status::Expired), "{row:?}");
            prop_assert_eq!(row.refund, Refund::Done);
            prop_assert!(tickets.iter().all(|ticket| ticket.status == TicketStatus::Void));
            Ok(())
        })
        .unwrap();
}
