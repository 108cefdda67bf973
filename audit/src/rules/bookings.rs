use std::collections::{BTreeMap, HashSet};

use boxoffice_bookings::domain::{BookingStatus, TicketStatus};
use boxoffice_inventory::domain::HoldStatus;
use boxoffice_orders::domain::OrderStatus;
use boxoffice_payments::domain::EntryKind;
use uuid::Uuid;

use super::Check;
use crate::settled::GRACE;

/// A booking is confirmed if and only if its order is confirmed, its total is captured, its seats are sold, and each seat
/// has a valid ticket. An unsettled confirmed booking must have a confirmed order with payment entries.
pub(super) fn confirmed(check: &mut Check<'_>) {
    for (id, booking) in &check.ledger.bookings {
        let ledger = check.ledger;
        if !check.is_settled(*id) {
            if booking.status == BookingStatus::Confirmed {
                let followed = ledger.was_confirmed(*id) && !ledger.entries(*id).is_empty();
                check.expect(followed, || {
                    format!("booking {id}: is confirmed, but its order was never confirmed or never paid")
                });
            }
            continue;
        }
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
            && tickets == booking.booking_lines.0.total_quantity() as usize;
        let is_confirmed = booking.status == BookingStatus::Confirmed;
        let any = order == Some(OrderStatus::Confirmed) || sold || tickets > 0 || captured > refunded;
        check.expect(if is_confirmed { whole } else { !any }, || {
            format!(
                "booking {id}: {:?}, order {order:?}, {} of {} captured and not refunded, hold sold: {sold}, {tickets} tickets",
                booking.status,
                captured - refunded,
                booking.total_minor
            )
        });
    }
}

pub(super) fn no_residue(check: &mut Check<'_>) {
    for (id, booking) in &check.ledger.bookings {
        let ended = matches!(booking.status, BookingStatus::Cancelled | BookingStatus::Expired | BookingStatus::Failed);
        if !ended || !check.is_settled(*id) {
            continue;
        }
        let ledger = check.ledger;
        let holds = ledger.holds.get(id).is_some_and(|hold| hold.status.is_active());
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
        check.expect(!holds && kept == 0 && tickets == 0, || {
            format!("booking {id}: {:?} with an active hold: {holds}, {kept} kept, {tickets} tickets", booking.status)
        });
    }
}

/// No booking is pending after its deadline plus [`GRACE`], and no hold is held after it expires plus [`GRACE`].
pub(super) fn liveness(check: &mut Check<'_>) {
    let now = check.ledger.now;
    for (id, booking) in &check.ledger.bookings {
        let late =
            booking.status == BookingStatus::Pending && booking.deadline_at.is_some_and(|end| end.plus(GRACE) < now);
        let waits = check.ledger.payments.get(id).is_some_and(|payment| payment.status.is_open());
        if check.scope.has(*id) {
            check.expect(!late || waits || check.settled.needs_operator(*id), || {
                format!("booking {id}: is still pending")
            });
        }
    }
    for (id, hold) in &check.ledger.holds {
        let late = hold.status == HoldStatus::Held && hold.expires_at.is_none_or(|end| end.plus(GRACE) < now);
        if check.scope.has(*id) {
            check.expect(!late, || format!("hold {id}: is still held"));
        }
    }
}

pub(super) fn tickets(check: &mut Check<'_>) {
    let ledger = check.ledger;
    let mut codes = HashSet::new();
    let mut ids = HashSet::new();
    let bookings: BTreeMap<&Uuid, _> = ledger.tickets.iter().collect();
    for (booking, tickets) in bookings {
        for ticket in tickets {
            let unique = codes.insert(ticket.code.as_str()) & ids.insert(ticket.id.get());
            check.expect(unique, || format!("ticket {}: its id or its code is not unique", ticket.id));
        }
        let mut seats = ledger.bookings.get(booking).map_or_else(Vec::new, |booking| {
            boxoffice_bookings::domain::seats(&booking.booking_lines).map(|(_, line)| line.ticket_type_id).collect()
        });
        let mut kinds: Vec<_> = tickets.iter().map(|ticket| ticket.ticket_type_id).collect();
        seats.sort_unstable();
        kinds.sort_unstable();
        check.expect(seats == kinds, || {
            format!("booking {booking}: tickets of the types {kinds:?} for seats of the types {seats:?}")
        });
    }
}
