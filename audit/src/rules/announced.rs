use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
};

use boxoffice_bookings::domain::BookingStatus;
use boxoffice_contracts::events::{PlacedThrough, Refund};
use boxoffice_inventory::domain::HoldStatus;
use boxoffice_notifications::domain::Status as LetterStatus;
use boxoffice_orders::domain::OrderStatus;
use boxoffice_payments::domain::State;
use uuid::Uuid;

use super::Look;
use crate::ledger::Ledger;

/// How often something is said about a row.
type Times = RangeInclusive<usize>;

const NEVER: Times = 0..=0;
const MAYBE: Times = 0..=1;
const ONCE: Times = 1..=1;

/// A kind of event, with how often its service has to have said it, as its own rows tell. Of what is not there it is
/// never said.
struct Announcement {
    service: &'static str,
    kind: &'static str,
    times: HashMap<Uuid, Times>,
}

/// Whether the rows of each service and the events that announce them stand together: both are of one transaction.
pub(super) fn outbox_atomic(look: &mut Look<'_>) {
    let ledger = look.ledger;
    for Announcement { service, kind, times } in announcements(ledger) {
        let Some(log) = ledger.logs.get(service) else { continue };
        let mut said: HashMap<Uuid, usize> = HashMap::new();
        for message in log.said.iter().filter(|said| said.kind == kind) {
            *said.entry(message.key).or_default() += 1;
        }
        // What was said long ago is forgotten; then nobody can tell any more that it was not.
        let is_whole = log.forgotten() == 0;
        for id in times.keys().chain(said.keys()).collect::<BTreeSet<_>>() {
            let count = said.get(id).copied().unwrap_or(0);
            let wanted = times.get(id).unwrap_or(&NEVER);
            let right = count <= *wanted.end() && (count >= *wanted.start() || !is_whole);
            look.expect(right, || match count {
                0 => format!("{service}: {id} has come to where {kind} is said, and it was not"),
                _ => format!("{service}: {kind} of {id} was said {count} times, and its row says otherwise"),
            });
        }
    }
}

fn announcements(ledger: &Ledger) -> Vec<Announcement> {
    let mut all = Vec::from(of_orders(ledger));
    all.extend(of_bookings(ledger));
    all.extend(of_holds(ledger));
    all.extend(of_payments(ledger));
    let sent = |id| ledger.letters(id).iter().filter(|letter| letter.status == LetterStatus::Sent).count();
    let sent = ledger.notifications.keys().map(|id| (*id, sent(*id)..=sent(*id))).collect();
    all.push(Announcement { service: "notifications", kind: "NotificationSentEvent", times: sent });
    let saved = ledger.users.iter().map(|id| (Uuid::from_u64_pair(0, id.unsigned_abs()), 1..=usize::MAX)).collect();
    all.push(Announcement { service: "users", kind: "UserSavedEvent", times: saved });
    all
}

fn announcement<'a, R: 'a>(
    (service, kind): (&'static str, &'static str),
    rows: impl IntoIterator<Item = (&'a Uuid, &'a R)>,
    times: impl Fn(&R) -> Times,
) -> Announcement {
    Announcement { service, kind, times: rows.into_iter().map(|(id, row)| (*id, times(row))).collect() }
}

fn when(holds: bool) -> Times {
    if holds { ONCE } else { NEVER }
}

fn of_orders(ledger: &Ledger) -> [Announcement; 4] {
    let of = |kind| ("orders", kind);
    [
        announcement(of("OrderCreatedEvent"), &ledger.orders, |order| when(!order.order_lines.is_empty())),
        announcement(of("OrderConfirmedEvent"), &ledger.orders, |order| when(ledger.was_confirmed(order.id.get()))),
        announcement(of("OrderFailedEvent"), &ledger.orders, |order| when(order.status == OrderStatus::Failed)),
        announcement(of("OrderCancelledEvent"), &ledger.orders, |order| when(order.status == OrderStatus::Cancelled)),
    ]
}

fn of_bookings(ledger: &Ledger) -> [Announcement; 2] {
    let of = |kind| ("bookings", kind);
    [
        announcement(of("BookingCreatedEvent"), &ledger.bookings, |booking| {
            let order = ledger.orders.get(&booking.id.get());
            when(order.is_none_or(|order| order.placed_through == PlacedThrough::Bookings))
        }),
        // An order may end first, and then it is the order that says so.
        announcement(of("BookingCancelledEvent"), &ledger.bookings, |booking| match booking.status {
            BookingStatus::Cancelled | BookingStatus::Expired => MAYBE,
            BookingStatus::Pending | BookingStatus::Confirmed | BookingStatus::Failed => NEVER,
        }),
    ]
}

fn of_holds(ledger: &Ledger) -> [Announcement; 3] {
    let of = |kind| ("inventory", kind);
    // What a client held and gave back, or what ran out, was never an order's.
    [
        announcement(of("InventoryReservedEvent"), &ledger.holds, |hold| match hold.status {
            HoldStatus::Claimed | HoldStatus::Sold => ONCE,
            HoldStatus::Released if hold.reason.is_some() => MAYBE,
            HoldStatus::Held | HoldStatus::Released | HoldStatus::Expired => NEVER,
        }),
        announcement(of("InventorySoldEvent"), &ledger.holds, |hold| match hold.status {
            HoldStatus::Sold => ONCE,
            HoldStatus::Released if hold.reason.is_some() => MAYBE,
            HoldStatus::Held | HoldStatus::Claimed | HoldStatus::Released | HoldStatus::Expired => NEVER,
        }),
        announcement(of("InventoryReleasedEvent"), &ledger.holds, |hold| match hold.status {
            HoldStatus::Released if hold.reason.is_some() => MAYBE,
            _ => NEVER,
        }),
    ]
}

fn of_payments(ledger: &Ledger) -> [Announcement; 3] {
    let of = |kind| ("payments", kind);
    [
        announcement(of("PaymentPendingEvent"), &ledger.payments, |payment| match payment.state {
            State::Pending => ONCE,
            State::Asking | State::Free | State::None => NEVER,
            State::Captured | State::Declined | State::Expired | State::Cancelled => MAYBE,
        }),
        announcement(of("PaymentProcessedEvent"), &ledger.payments, |payment| {
            when(!payment.state.is_open() && payment.state != State::None)
        }),
        // Once when it begins and once when it ends; one that failed may be asked for again.
        announcement(of("PaymentRefundedEvent"), &ledger.payments, |payment| match payment.refund {
            Refund::None => NEVER,
            Refund::Pending => 1..=usize::MAX,
            Refund::Done | Refund::Failed => 2..=usize::MAX,
        }),
    ]
}
