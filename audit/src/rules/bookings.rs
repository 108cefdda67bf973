use std::collections::{BTreeMap, HashSet};

use boxoffice_bookings::domain::{BookingStatus, TicketStatus};
use boxoffice_inventory::domain::HoldStatus;
use boxoffice_orders::domain::OrderStatus;
use boxoffice_payments::domain::EntryKind;
use uuid::Uuid;

use super::Look;
use crate::settled::GRACE;

/// Confirmed means: the order is confirmed, everything is captured, the places are sold, and there is a valid ticket for
/// each; and the other way round. What a confirmation follows from is there from the start; the rest once all has
/// arrived.
pub(super) fn confirmed(look: &mut Look<'_>) {
    for (id, booking) in &look.ledger.bookings {
        let ledger = look.ledger;
        if !look.is_settled(*id) {
            if booking.status == BookingStatus::Confirmed {
                let followed = ledger.was_confirmed(*id) && !ledger.entries(*id).is_empty();
                look.expect(followed, || format!("booking {id}: is confirmed, and its order never was, or never paid"));
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
        let waits = look.ledger.payments.get(id).is_some_and(|payment| payment.status.is_open());
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
    let ledger = look.ledger;
    let mut codes = HashSet::new();
    let mut ids = HashSet::new();
    let bookings: BTreeMap<&Uuid, _> = ledger.tickets.iter().collect();
    for (booking, tickets) in bookings {
        for ticket in tickets {
            let unique = codes.insert(ticket.code.as_str()) & ids.insert(ticket.id.get());
            look.expect(unique, || format!("ticket {}: its id or its code is another's", ticket.id));
        }
        let mut places = ledger.bookings.get(booking).map_or_else(Vec::new, |booking| {
            boxoffice_bookings::domain::seats(&booking.booking_lines).map(|(_, line)| line.ticket_type_id).collect()
        });
        let mut kinds: Vec<_> = tickets.iter().map(|ticket| ticket.ticket_type_id).collect();
        places.sort_unstable();
        kinds.sort_unstable();
        look.expect(places == kinds, || {
            format!("booking {booking}: tickets of the types {kinds:?} for places of the types {places:?}")
        });
    }
}
