use boxoffice_contracts::{BookingId, TicketId};
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{
    domain::{TicketStatus, seats, ticket_code},
    store::{Booking, Ticket},
};

/// The tickets of a booking in the order of their numbers. The read set must have found them by `booking_id`.
pub(super) fn tickets_of(work: &UnitOfWork, id: BookingId) -> Vec<Ticket> {
    work.find::<Ticket>(&["booking_id"], &id).into_iter().cloned().collect()
}

/// Issues one valid ticket for each seat of the booking.
pub(super) fn issue_tickets(work: &mut UnitOfWork, booking: &Booking, context: &CommandContext) {
    for (number, line) in seats(&booking.booking_lines) {
        work.insert(Ticket {
            booking_id: booking.id,
            number,
            id: TicketId::from(context.id()),
            code: ticket_code(context.random()),
            event_id: line.event_id,
            ticket_type_id: line.ticket_type_id,
            status: TicketStatus::Valid,
            version: 1,
        });
    }
}

/// Makes all tickets of a booking void. The read set must have found them by `booking_id`.
pub(super) fn void_tickets(work: &mut UnitOfWork, id: BookingId) {
    for ticket in tickets_of(work, id) {
        work.update(Ticket { status: TicketStatus::Void, ..ticket });
    }
}
