use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
};

use boxoffice_bookings::domain::BookingStatus;
use boxoffice_contracts::events::{PlacedThrough, Refund};
use boxoffice_inventory::domain::HoldStatus;
use boxoffice_notifications::domain::NotificationStatus;
use boxoffice_orders::domain::OrderStatus;
use boxoffice_payments::domain::PaymentStatus;
use uuid::Uuid;

use super::Check;
use crate::ledger::Ledger;

/// How many events of one kind a row requires: the minimum and the maximum.
type Times = RangeInclusive<usize>;

const NEVER: Times = 0..=0;
const MAYBE: Times = 0..=1;
const ONCE: Times = 1..=1;

/// The number of events of one kind that a service must have published for each of its rows. An id without a row has none.
struct Expectation {
    service: &'static str,
    kind: &'static str,
    times: HashMap<Uuid, Times>,
}

/// The rows of each service and the events about them agree, because one transaction writes both.
pub(super) fn outbox_atomic(check: &mut Check<'_>) {
    let ledger = check.ledger;
    for Expectation { service, kind, times } in expectations(ledger) {
        let Some(log) = ledger.logs.get(service) else { continue };
        let mut counts: HashMap<Uuid, usize> = HashMap::new();
        for message in log.published.iter().filter(|message| message.kind == kind) {
            *counts.entry(message.key).or_default() += 1;
        }
        // Retention removes old messages; a missing one cannot be detected then.
        let is_whole = log.pruned_position() == 0;
        for id in times.keys().chain(counts.keys()).collect::<BTreeSet<_>>() {
            let count = counts.get(id).copied().unwrap_or(0);
            let expected = times.get(id).unwrap_or(&NEVER);
            let right = count <= *expected.end() && (count >= *expected.start() || !is_whole);
            check.expect(right, || match count {
                0 => format!("{service}: {id} lacks {kind}, which its status requires"),
                _ => format!("{service}: {kind} of {id} was published {count} times, which contradicts its status"),
            });
        }
    }
}

fn expectations(ledger: &Ledger) -> Vec<Expectation> {
    let mut all = Vec::from(of_orders(ledger));
    all.extend(of_bookings(ledger));
    all.extend(of_holds(ledger));
    all.extend(of_payments(ledger));
    let sent = |id| {
        ledger
            .notifications_of(id)
            .iter()
            .filter(|notification| notification.status == NotificationStatus::Sent)
            .count()
    };
    let sent = ledger.notifications.keys().map(|id| (*id, sent(*id)..=sent(*id))).collect();
    all.push(Expectation { service: "notifications", kind: "NotificationSentEvent", times: sent });
    let saved = ledger.users.iter().map(|id| (Uuid::from_u64_pair(0, id.unsigned_abs()), 1..=usize::MAX)).collect();
    all.push(Expectation { service: "users", kind: "UserSavedEvent", times: saved });
    all
}

fn expectation<'a, R: 'a>(
    (service, kind): (&'static str, &'static str),
    rows: impl IntoIterator<Item = (&'a Uuid, &'a R)>,
    times: impl Fn(&R) -> Times,
) -> Expectation {
    Expectation { service, kind, times: rows.into_iter().map(|(id, row)| (*id, times(row))).collect() }
}

fn when(holds: bool) -> Times {
    if holds { ONCE } else { NEVER }
}

fn of_orders(ledger: &Ledger) -> [Expectation; 4] {
    let of = |kind| ("orders", kind);
    [
        expectation(of("OrderCreatedEvent"), &ledger.orders, |order| when(!order.order_lines.is_empty())),
        expectation(of("OrderConfirmedEvent"), &ledger.orders, |order| when(ledger.was_confirmed(order.id.get()))),
        expectation(of("OrderFailedEvent"), &ledger.orders, |order| when(order.status == OrderStatus::Failed)),
        expectation(of("OrderCancelledEvent"), &ledger.orders, |order| when(order.status == OrderStatus::Cancelled)),
    ]
}

fn of_bookings(ledger: &Ledger) -> [Expectation; 2] {
    let of = |kind| ("bookings", kind);
    [
        expectation(of("BookingCreatedEvent"), &ledger.bookings, |booking| {
            let order = ledger.orders.get(&booking.id.get());
            when(order.is_none_or(|order| order.placed_through == PlacedThrough::Bookings))
        }),
        // The order may end first and then publishes the event instead.
        expectation(of("BookingCancelledEvent"), &ledger.bookings, |booking| match booking.status {
            BookingStatus::Cancelled | BookingStatus::Expired => MAYBE,
            BookingStatus::Pending | BookingStatus::Confirmed | BookingStatus::Failed => NEVER,
        }),
    ]
}

fn of_holds(ledger: &Ledger) -> [Expectation; 3] {
    let of = |kind| ("inventory", kind);
    // A hold that its client released, or that expired, never belonged to an order.
    [
        expectation(of("InventoryReservedEvent"), &ledger.holds, |hold| match hold.status {
            HoldStatus::Claimed | HoldStatus::Sold => ONCE,
            HoldStatus::Released if hold.reason.is_some() => MAYBE,
            HoldStatus::Held | HoldStatus::Released | HoldStatus::Expired => NEVER,
        }),
        expectation(of("InventorySoldEvent"), &ledger.holds, |hold| match hold.status {
            HoldStatus::Sold => ONCE,
            HoldStatus::Released if hold.reason.is_some() => MAYBE,
            HoldStatus::Held | HoldStatus::Claimed | HoldStatus::Released | HoldStatus::Expired => NEVER,
        }),
        expectation(of("InventoryReleasedEvent"), &ledger.holds, |hold| match hold.status {
            HoldStatus::Released if hold.reason.is_some() => MAYBE,
            _ => NEVER,
        }),
    ]
}

fn of_payments(ledger: &Ledger) -> [Expectation; 3] {
    let of = |kind| ("payments", kind);
    [
        expectation(of("PaymentPendingEvent"), &ledger.payments, |payment| match payment.status {
            PaymentStatus::Pending => ONCE,
            PaymentStatus::Requested | PaymentStatus::Free | PaymentStatus::NotRequested => NEVER,
            PaymentStatus::Captured | PaymentStatus::Declined | PaymentStatus::Expired | PaymentStatus::Cancelled => {
                MAYBE
            }
        }),
        expectation(of("PaymentProcessedEvent"), &ledger.payments, |payment| {
            when(!payment.status.is_open() && payment.status != PaymentStatus::NotRequested)
        }),
        // One event when the refund starts and one when it ends; an operator may start a failed refund again.
        expectation(of("PaymentRefundedEvent"), &ledger.payments, |payment| match payment.refund {
            Refund::None => NEVER,
            Refund::Pending => 1..=usize::MAX,
            Refund::Done | Refund::Failed => 2..=usize::MAX,
        }),
    ]
}
