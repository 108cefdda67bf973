use boxoffice_contracts::{BookingId, Reason, UserId, events::BookingCancelled};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{take_turn, tickets, void_tickets};
use crate::{
    domain::{Status, Turn},
    error::Refusal,
    store::{Booking, Ticket},
};

/// A person calls a booking off. It is cancelled from this commit on, whatever is still under way for it. Repeated, it
/// does nothing.
pub struct CancelBooking {
    /// Which booking.
    pub id: BookingId,
    /// The user who asks; none for operators, who may cancel any.
    pub user: Option<UserId>,
}

/// A booking that is cancelled, with its void tickets.
#[derive(Debug)]
pub struct Cancelled {
    /// As it is now.
    pub booking: Booking,
    /// In the order of their numbers.
    pub tickets: Vec<Ticket>,
}

impl Resource for Cancelled {
    fn resource_id(&self) -> String {
        self.booking.resource_id()
    }
}

impl Command for CancelBooking {
    type Answer = Cancelled;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.id);
        reads.find::<Ticket>(&["booking_id"], &self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Cancelled, Refusal> {
        let known = work.get::<Booking>(self.id).filter(|known| self.user.is_none_or(|user| user == known.user_id));
        let booking = known.cloned().ok_or(Refusal::NotFound(self.id))?;
        if booking.status == Status::Cancelled {
            return Ok(Cancelled { booking, tickets: tickets(work, self.id) });
        }
        if !take_turn(work, self.id, Turn::Cancelled, &context.origin.actor, None, context) {
            return Err(Refusal::NotCancellable(booking.status));
        }
        let tickets = void_tickets(work, self.id);
        let cancelled = BookingCancelled {
            booking_id: self.id,
            user_id: booking.user_id,
            organizer_id: booking.organizer_id,
            reason: Reason::Cancelled,
        };
        work.publish(&cancelled, context);
        let booking = work.get::<Booking>(self.id).expect("it was there a moment ago").clone();
        Ok(Cancelled { booking, tickets })
    }
}
