//! The only code that writes the status of a hold, together with the seats of its quotas.

use boxoffice_contracts::{BookingId, Line, QuotaId, TicketTypeId};
use boxoffice_writer::{ReadSet, UnitOfWork};

use super::not_found;
use crate::{
    domain::{HoldTransition, SeatChange},
    error::Refusal,
    store::{Hold, Quota, TicketType},
};

/// Adds a hold and the quotas of its lines to the read set.
pub(super) fn read_hold<'w>(id: BookingId, reads: &mut ReadSet<'w>) -> Option<&'w Hold> {
    let hold = reads.row::<Hold>(id)?;
    read_quotas(&hold.hold_lines, reads);
    Some(hold)
}

/// Adds the quotas of `lines` to the read set.
pub(super) fn read_quotas(lines: &[Line], reads: &mut ReadSet<'_>) {
    for line in lines {
        if let Some(ticket_type) = reads.row::<TicketType>(line.ticket_type_id) {
            reads.row::<Quota>(ticket_type.quota_id);
        }
    }
}

/// Applies `transition` to a stored hold and moves the seats of `lines` in their quotas. Returns the row, for changes of
/// its lines.
///
/// # Errors
/// [`Refusal::SoldOut`] when the transition holds more seats than are available.
pub(super) fn apply<'w>(
    work: &'w mut UnitOfWork,
    id: BookingId,
    transition: HoldTransition,
    lines: &[Line],
) -> Result<&'w mut Hold, Refusal> {
    move_seats(work, lines, transition.seats)?;
    let hold = work.edit::<Hold>(id).ok_or_else(|| not_found("hold", id))?;
    hold.enter(transition.to);
    Ok(hold)
}

/// Stores a hold, new or changed, in the state that `transition` leads to and moves the seats of its lines in their
/// quotas.
///
/// # Errors
/// As [`apply`].
pub(super) fn store(work: &mut UnitOfWork, mut hold: Hold, transition: HoldTransition) -> Result<(), Refusal> {
    move_seats(work, &hold.hold_lines, transition.seats)?;
    hold.enter(transition.to);
    match work.edit::<Hold>(hold.id) {
        Some(row) => {
            hold.version = row.version;
            *row = hold;
        }
        None => work.insert(hold),
    }
    Ok(())
}

/// Refuses lines for which the quotas have too few seats, without changing them. Several lines may draw from one quota.
///
/// # Errors
/// [`Refusal::SoldOut`].
pub(super) fn must_fit(work: &UnitOfWork, lines: &[Line]) -> Result<(), Refusal> {
    let mut quotas: Vec<Quota> = Vec::new();
    for line in lines {
        let id = quota_of(work, line.ticket_type_id)?;
        let index = match quotas.iter().position(|quota| quota.id == id) {
            Some(index) => index,
            None => {
                quotas.push(work.get::<Quota>(id).cloned().ok_or(Refusal::QuotaMissing(line.ticket_type_id))?);
                quotas.len() - 1
            }
        };
        let seats = quotas[index].seats().apply(SeatChange::Hold, line.quantity.get().into())?;
        quotas[index].set_seats(seats);
    }
    Ok(())
}

fn move_seats(work: &mut UnitOfWork, lines: &[Line], change: SeatChange) -> Result<(), Refusal> {
    if change == SeatChange::Unchanged {
        return Ok(());
    }
    for line in lines {
        let id = quota_of(work, line.ticket_type_id)?;
        let quota = work.edit::<Quota>(id).ok_or(Refusal::QuotaMissing(line.ticket_type_id))?;
        quota.set_seats(quota.seats().apply(change, line.quantity.get().into())?);
    }
    Ok(())
}

fn quota_of(work: &UnitOfWork, ticket_type: TicketTypeId) -> Result<QuotaId, Refusal> {
    let row = work.get::<TicketType>(ticket_type).ok_or(Refusal::QuotaMissing(ticket_type))?;
    Ok(row.quota_id)
}
