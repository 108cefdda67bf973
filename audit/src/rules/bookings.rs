use std::collections::{HashMap, HashSet};

use boxoffice_bookings::domain::{Status as BookingStatus, TicketStatus};
use boxoffice_inventory::domain::HoldStatus;
use boxoffice_orders::{domain::OrderStatus, store::HistoryRow};
use boxoffice_payments::domain::EntryKind;

use super::Look;
use crate::settled::GRACE;

/// Whether an order may go from one state to the next. Staying where it is is a step too, when its refund moves.
fn may_follow(before: OrderStatus, after: OrderStatus) -> bool {
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

fn history(look: &Look<'_>) -> Vec<(uuid::Uuid, Vec<HistoryRow>)> {
    let mut all: Vec<_> = look.ledger.history.iter().map(|(id, rows)| (*id, rows.clone())).collect();
    all.sort_unstable_by_key(|(id, _)| *id);
    for (_, rows) in &mut all {
        rows.sort_unstable_by_key(|row| row.number);
    }
    all
}

/// The history of every order counts 1 to n without a gap and ends where the order stands; every row has a version.
pub(super) fn legal_transitions(look: &mut Look<'_>) {
    for (id, rows) in history(look) {
        let order = look.ledger.orders.get(&id);
        let counts = rows.iter().map(|row| row.number).eq(1..=i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let ends = order.is_some_and(|order| {
            rows.last().is_some_and(|last| last.status == order.status && last.number == order.history_count)
        });
        look.expect(counts && ends, || format!("order {id}: its history has gaps or does not end where it stands"));
    }
    for (id, order) in &look.ledger.orders {
        let known = look.ledger.history.contains_key(id);
        look.expect(known && order.version >= 1, || format!("order {id}: has no history"));
    }
    for (id, booking) in &look.ledger.bookings {
        look.expect(booking.version >= 1, || format!("booking {id}: has no version"));
    }
}

pub(super) fn never_backwards(look: &mut Look<'_>) {
    for (id, rows) in history(look) {
        let wrong = rows.windows(2).find(|pair| !may_follow(pair[0].status, pair[1].status));
        look.expect(wrong.is_none(), || {
            let steps = wrong.map(|pair| format!("{:?} to {:?}", pair[0].status, pair[1].status));
            format!("order {id}: went from {}", steps.unwrap_or_default())
        });
    }
}

/// Confirmed means: the order is confirmed, everything is captured, the places are sold, and there is a valid ticket for
/// each; and the other way round.
pub(super) fn confirmed(look: &mut Look<'_>) {
    for (id, booking) in &look.ledger.bookings {
        if !look.is_settled(*id) {
            continue;
        }
        let ledger = look.ledger;
        let entries = ledger.entries(*id);
        let captured: i64 = entries.iter().filter(|e| e.kind == EntryKind::Captured).map(|e| e.amount_minor).sum();
        let refunded: i64 = entries.iter().filter(|e| e.kind == EntryKind::Refunded).map(|e| e.amount_minor).sum();
        let tickets = ledger.tickets(*id).iter().filter(|ticket| ticket.status != TicketStatus::Void).count();
        let order = ledger.orders.get(id).map(|order| order.status);
        let sold = ledger.holds.get(id).is_some_and(|hold| hold.status == HoldStatus::Sold);
        let whole = order == Some(OrderStatus::Confirmed)
            && !entries.is_empty()
            && captured - refunded == booking.total_minor
            && sold
            && tickets == booking.lines.0.places() as usize;
        let is_confirmed = booking.status == BookingStatus::Confirmed;
        let any = order == Some(OrderStatus::Confirmed) || sold || tickets > 0 || captured > refunded;
        look.expect(if is_confirmed { whole } else { !any }, || {
            format!(
                "booking {id}: {:?}, order {order:?}, {} of {} kept, sold {sold}, {tickets} tickets",
                booking.status,
                captured - refunded,
                booking.total_minor
            )
        });
    }
}

pub(super) fn no_residue(look: &mut Look<'_>) {
    for (id, booking) in &look.ledger.bookings {
        let ended = matches!(booking.status, BookingStatus::Cancelled | BookingStatus::Expired | BookingStatus::Failed);
        if !ended || !look.is_settled(*id) {
            continue;
        }
        let ledger = look.ledger;
        let holds = ledger.holds.get(id).is_some_and(boxoffice_inventory::store::Hold::is_active);
        let kept: i64 = ledger
            .entries(*id)
            .iter()
            .map(|entry| match entry.kind {
                EntryKind::Captured => entry.amount_minor,
                EntryKind::Refunded => -entry.amount_minor,
                _ => 0,
            })
            .sum();
        let tickets = ledger.tickets(*id).iter().filter(|ticket| ticket.status != TicketStatus::Void).count();
        look.expect(!holds && kept == 0 && tickets == 0, || {
            format!("booking {id}: {:?} with places {holds}, {kept} kept, {tickets} tickets", booking.status)
        });
    }
}

/// Nothing is pending long after its deadline, and no hold is held long after its end.
pub(super) fn liveness(look: &mut Look<'_>) {
    let now = look.ledger.now;
    for (id, booking) in &look.ledger.bookings {
        let late =
            booking.status == BookingStatus::Pending && booking.deadline_at.is_some_and(|end| end.plus(GRACE) < now);
        let waits = look.ledger.payments.get(id).is_some_and(|payment| payment.state.is_open());
        if look.scope.has(*id) {
            look.expect(!late || waits || look.settled.is_parked(*id), || format!("booking {id}: is still pending"));
        }
    }
    for (id, hold) in &look.ledger.holds {
        let late = hold.status == HoldStatus::Held && hold.expires_at.is_none_or(|end| end.plus(GRACE) < now);
        if look.scope.has(*id) {
            look.expect(!late, || format!("hold {id}: is still held"));
        }
    }
}

pub(super) fn tickets(look: &mut Look<'_>) {
    let mut codes = HashSet::new();
    let mut ids = HashSet::new();
    let mut bookings: HashMap<_, _> = HashMap::new();
    for (booking, tickets) in &look.ledger.tickets {
        for ticket in tickets {
            let unique = codes.insert(ticket.code.as_str()) & ids.insert(ticket.id.get());
            look.expect(unique, || format!("ticket {}: its id or its code is another's", ticket.id));
        }
        bookings.insert(*booking, tickets.len());
    }
    for (booking, count) in bookings {
        let places = look.ledger.bookings.get(&booking).map(|booking| booking.lines.0.places() as usize);
        look.expect(places == Some(count), || format!("booking {booking}: {count} tickets for {places:?} places"));
    }
}
