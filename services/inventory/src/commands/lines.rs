//! The lines of a request, resolved to ticket types on sale.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, Line, Lines, OrganizerId, Quantity, Selection, TicketTypeId};
use boxoffice_writer::{ReadSet, UnitOfWork};

use super::not_found;
use crate::{
    domain::{self, EventStatus, SeatRequest},
    error::Refusal,
    store::{Event, Quota, TicketType},
};

/// Adds the ticket types of the lines, with their events and quotas, to the read set.
pub(super) fn read_requested(lines: &[SeatRequest], reads: &mut ReadSet<'_>) {
    for line in lines {
        match line.selection {
            Selection::TicketType(id) => read_ticket_type(id, reads),
            Selection::FirstTypeOf(id) => {
                let types = reads.find::<TicketType>(&["event_id"], &id);
                if let Some(first) = types.into_iter().map(|ticket_type| ticket_type.id).min() {
                    read_ticket_type(first, reads);
                }
            }
        }
    }
}

/// Adds a ticket type, its event and its quota to the read set.
pub(super) fn read_ticket_type(id: TicketTypeId, reads: &mut ReadSet<'_>) {
    if let Some(ticket_type) = reads.row::<TicketType>(id) {
        reads.row::<Event>(ticket_type.event_id);
        reads.row::<Quota>(ticket_type.quota_id);
    }
}

/// Adds the events of a hold's lines to the read set.
pub(super) fn read_events(lines: &[Line], reads: &mut ReadSet<'_>) {
    for line in lines {
        reads.row::<Event>(line.event_id);
    }
}

/// The requested lines at current prices, with the organizer and the currency that they share.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown ticket type or event, [`Refusal::MixedLines`], and [`Refusal::NotOnSale`].
pub(super) fn resolve(
    requested: &[SeatRequest],
    work: &UnitOfWork,
    now: Timestamp,
) -> Result<(Lines, OrganizerId, Currency), Refusal> {
    let types = requested.iter().map(|line| ticket_type_of(*line, work)).collect::<Result<Vec<_>, _>>()?;
    let sellers = types.iter().map(|ticket_type| (ticket_type.organizer_id, ticket_type.currency));
    let (organizer, currency) = domain::seller(sellers)?;
    let lines: Lines =
        types.iter().zip(requested).map(|(ticket_type, line)| priced_line(ticket_type, line.quantity)).collect();
    must_be_on_sale(work, &lines, now)?;
    Ok((lines, organizer, currency))
}

fn ticket_type_of(line: SeatRequest, work: &UnitOfWork) -> Result<&TicketType, Refusal> {
    match line.selection {
        Selection::TicketType(id) => work.get::<TicketType>(id).ok_or_else(|| not_found("ticket type", id)),
        Selection::FirstTypeOf(id) => {
            let types = work.find::<TicketType>(&["event_id"], &id);
            types.into_iter().min_by_key(|ticket_type| ticket_type.id).ok_or_else(|| not_found("event", id))
        }
    }
}

/// A line of `quantity` seats at the current price of the ticket type.
pub(super) fn priced_line(ticket_type: &TicketType, quantity: Quantity) -> Line {
    Line {
        event_id: ticket_type.event_id,
        ticket_type_id: ticket_type.id,
        name: ticket_type.name.clone(),
        quantity,
        unit_price_minor: ticket_type.price_minor,
    }
}

/// Refuses lines whose event is not on sale at `now`.
pub(super) fn must_be_on_sale(work: &UnitOfWork, lines: &[Line], now: Timestamp) -> Result<(), Refusal> {
    every_event(work, lines, |event| event.status.sells(event.starts_at, now))
}

/// Refuses lines whose event is cancelled. The owner of a hold may still buy its seats after the sale was closed or the
/// event has started.
pub(super) fn must_take_place(work: &UnitOfWork, lines: &[Line]) -> Result<(), Refusal> {
    every_event(work, lines, |event| event.status != EventStatus::Cancelled)
}

fn every_event(work: &UnitOfWork, lines: &[Line], fits: impl Fn(&Event) -> bool) -> Result<(), Refusal> {
    for line in lines {
        if !work.get::<Event>(line.event_id).is_some_and(&fits) {
            return Err(Refusal::NotOnSale(line.event_id.get()));
        }
    }
    Ok(())
}
