use boxoffice_contracts::{BookingId, Reason, UserId, events::BookingCancelled};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{apply, tickets::tickets_of};
use crate::{
    domain::{BookingInput, BookingStatus},
    error::Refusal,
    store::{Booking, BookingWithTickets, Ticket},
};

/// Cancels a booking on behalf of a person. The booking is cancelled from this commit on; the other services undo the
/// rest. Cancelling a cancelled booking changes nothing.
pub struct CancelBooking {
    /// Id of the booking.
    pub id: BookingId,
    /// The only user whose booking may be cancelled; `None` for operators, who may cancel any.
    pub user: Option<UserId>,
}

impl Command for CancelBooking {
    type Answer = BookingWithTickets;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.id);
        reads.find::<Ticket>(&["booking_id"], &self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<BookingWithTickets, Refusal> {
        let known = work.get::<Booking>(self.id).filter(|known| self.user.is_none_or(|user| user == known.user_id));
        let booking = known.cloned().ok_or(Refusal::NotFound(self.id))?;
        let status = booking.status;
        if status == BookingStatus::Cancelled {
            return Ok(BookingWithTickets { booking, tickets: tickets_of(work, self.id) });
        }
        let actor = context.origin.actor.as_str();
        let booking = apply(work, booking, BookingInput::Cancelled, (actor, None), context)
            .ok_or(Refusal::NotCancellable(status))?;
        let cancelled = BookingCancelled {
            booking_id: self.id,
            user_id: booking.user_id,
            organizer_id: booking.organizer_id,
            reason: Reason::Cancelled,
        };
        work.publish(&cancelled, context);
        let version = work.get::<Booking>(self.id).map_or(booking.version, |stored| stored.version);
        Ok(BookingWithTickets { booking: Booking { version, ..booking }, tickets: tickets_of(work, self.id) })
    }
}
