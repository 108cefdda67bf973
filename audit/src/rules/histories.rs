//! The histories of orders, bookings and payments are sequences of valid transitions.

use std::collections::HashMap;

use boxoffice_bookings::{
    domain::{BookingStatus, TimelineState},
    store::Booking,
};
use boxoffice_contracts::events::Refund;
use boxoffice_orders::{domain::OrderStatus, store::HistoryRow};
use boxoffice_payments::{
    domain::{EntryKind, PaymentStatus},
    store::{Entry, Payment},
};
use uuid::Uuid;

use super::Check;

/// Whether an order may have `after` as the status that follows `before`. The status stays the same when only the refund of
/// the order changes.
fn order_may_follow(before: OrderStatus, after: OrderStatus) -> bool {
    use OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved};
    before == after
        || match before {
            Created => matches!(after, Reserved | Failed | Cancelled),
            Reserved => matches!(after, Paid | Failed | Cancelled),
            Paid => matches!(after, Confirmed | Failed | Cancelled),
            Confirmed => after == Cancelled,
            Failed | Cancelled => false,
        }
}

/// Whether a booking may have `after` as the status that follows `before`.
fn booking_may_follow(before: BookingStatus, after: BookingStatus) -> bool {
    use BookingStatus::{Cancelled, Confirmed, Expired, Failed, Pending};
    match before {
        Pending => matches!(after, Confirmed | Failed | Expired | Cancelled),
        Confirmed => after == Cancelled,
        Failed | Expired | Cancelled => false,
    }
}

/// The order in which each service publishes its events about one booking.
const EVENT_ORDERS: &[(&str, &[&[&str]])] = &[
    ("bookings", &[&["BookingCreatedEvent"], &["BookingCancelledEvent"]]),
    ("orders", &[&["OrderCreatedEvent"], &["OrderConfirmedEvent"], &["OrderFailedEvent", "OrderCancelledEvent"]]),
    ("inventory", &[&["InventoryReservedEvent"], &["InventorySoldEvent"], &["InventoryReleasedEvent"]]),
    ("payments", &[&["PaymentPendingEvent"], &["PaymentProcessedEvent"], &["PaymentRefundedEvent"]]),
];

fn history(check: &Check<'_>) -> Vec<(Uuid, Vec<HistoryRow>)> {
    let mut all: Vec<_> = check.ledger.history.iter().map(|(id, rows)| (*id, rows.clone())).collect();
    all.sort_unstable_by_key(|(id, _)| *id);
    for (_, rows) in &mut all {
        rows.sort_unstable_by_key(|row| row.number);
    }
    all
}

/// The statuses on the timeline of a booking, oldest first.
fn statuses(booking: &Booking) -> Vec<BookingStatus> {
    let status = |state| match state {
        TimelineState::Pending => Some(BookingStatus::Pending),
        TimelineState::Confirmed => Some(BookingStatus::Confirmed),
        TimelineState::Failed => Some(BookingStatus::Failed),
        TimelineState::Expired => Some(BookingStatus::Expired),
        TimelineState::Cancelled => Some(BookingStatus::Cancelled),
        _ => None,
    };
    booking.timeline.iter().filter_map(|entry| status(entry.state)).collect()
}

/// Whether the entries of a payment are those that its status and its refund require.
fn leads_to(payment: &Payment, entries: &[Entry]) -> bool {
    let has = |kind| entries.iter().any(|entry| entry.kind == kind);
    let (begun, end) = match payment.status {
        PaymentStatus::Requested | PaymentStatus::Pending => (has(EntryKind::Intent), None),
        PaymentStatus::Captured => (has(EntryKind::Intent), Some(EntryKind::Captured)),
        PaymentStatus::Declined => (has(EntryKind::Intent), Some(EntryKind::Declined)),
        PaymentStatus::Expired => (has(EntryKind::Intent), Some(EntryKind::Expired)),
        PaymentStatus::Cancelled => (has(EntryKind::Intent), Some(EntryKind::Cancelled)),
        PaymentStatus::Free => (has(EntryKind::Free), None),
        PaymentStatus::NotRequested => (entries.is_empty(), None),
    };
    // A provider may take the amount after it reported a failure; the amount is refunded then.
    let ends = [EntryKind::Declined, EntryKind::Expired, EntryKind::Cancelled];
    let none_besides = ends.into_iter().all(|kind| !has(kind) || end == Some(kind));
    let refunded = has(EntryKind::Refunded) == (payment.refund == Refund::Done);
    let refundable = payment.refund == Refund::None || has(EntryKind::Captured);
    let captured =
        !has(EntryKind::Captured) || payment.status == PaymentStatus::Captured || payment.refund != Refund::None;
    begun && end.is_none_or(has) && none_besides && refunded && refundable && captured
}

/// The history of every order is numbered from 1 without gaps and ends with its status; the timeline of a booking ends with its
/// status; the entries of a payment match its status; every row has a version.
pub(super) fn legal_transitions(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for (id, rows) in history(check) {
        let order = ledger.orders.get(&id);
        let counts = rows.iter().map(|row| row.number).eq(1..=i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let ends = order.is_some_and(|order| {
            rows.last().is_some_and(|last| last.status == order.status && last.number == order.history_count)
        });
        check.expect(counts && ends, || format!("order {id}: its history has gaps or does not end with its status"));
    }
    for (id, order) in &ledger.orders {
        let known = ledger.history.contains_key(id);
        check.expect(known && order.version >= 1, || format!("order {id}: has no history or no version"));
    }
    for (id, booking) in &ledger.bookings {
        let ends = statuses(booking).last() == Some(&booking.status);
        check.expect(ends && booking.version >= 1, || {
            format!("booking {id}: is {:?}, but its timeline does not end with this status", booking.status)
        });
    }
    for (id, hold) in &ledger.holds {
        check.expect(hold.version >= 1, || format!("hold {id}: has no version"));
    }
    for (id, payment) in &ledger.payments {
        let entries = ledger.entries(*id);
        check.expect(leads_to(payment, entries) && payment.version >= 1, || {
            let kinds: Vec<_> = entries.iter().map(|entry| entry.kind).collect();
            format!("payment {id}: {:?}, refund {}, with the entries {kinds:?}", payment.status, payment.refund)
        });
    }
    for id in ledger.entries.keys() {
        check.expect(ledger.payments.contains_key(id), || format!("payment {id}: has entries but no row"));
    }
}

pub(super) fn never_backwards(check: &mut Check<'_>) {
    for (id, rows) in history(check) {
        // An order may be final from the start: its booking was cancelled before orders consumed BookingCreated.
        let was_opened = check.ledger.orders.get(&id).is_some_and(|order| !order.order_lines.is_empty());
        let begins = !was_opened || rows.first().is_some_and(|row| row.status == OrderStatus::Created);
        let wrong = rows.windows(2).find(|pair| !order_may_follow(pair[0].status, pair[1].status));
        check.expect(begins && wrong.is_none(), || match wrong {
            Some(pair) => format!("order {id}: changed from {:?} to {:?}", pair[0].status, pair[1].status),
            None => format!("order {id}: its first status is not CREATED"),
        });
    }
    for (id, booking) in &check.ledger.bookings {
        let statuses = statuses(booking);
        let begins = statuses.first() == Some(&BookingStatus::Pending);
        let forward = statuses.windows(2).all(|pair| booking_may_follow(pair[0], pair[1]));
        check.expect(begins && forward, || format!("booking {id}: its timeline has the statuses {statuses:?}"));
    }
    for (service, order) in EVENT_ORDERS {
        published_in_order(check, service, order);
    }
}

/// Each service published the events about a booking in the order of [`EVENT_ORDERS`].
fn published_in_order(check: &mut Check<'_>, service: &str, order: &[&[&str]]) {
    let Some(log) = check.ledger.logs.get(service) else { return };
    let mut last: HashMap<Uuid, (usize, &str)> = HashMap::new();
    for message in &log.published {
        let Some(rank) = order.iter().position(|kinds| kinds.contains(&message.kind.as_str())) else { continue };
        let before = last.insert(message.key, (rank, &message.kind));
        check.expect(before.is_none_or(|(earlier, _)| earlier <= rank), || {
            let (kind, earlier) = (&message.kind, before.map_or("", |(_, kind)| kind));
            format!("{service}: published {kind} of {} after {earlier}", message.key)
        });
    }
}
