use std::{convert::Infallible, time::Duration};

use boxoffice_contracts::{BookingId, Reason, events::BookingCancelled};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::apply;
use crate::{domain::BookingInput, store::Booking};

/// Expires bookings whose deadline has passed, and publishes `BookingCancelled` so that the other services undo them.
/// A booking that was opened by its order has no real deadline yet; the command sets it first. Answers the number of
/// expired bookings.
pub struct ExpireBookings {
    /// Ids of the bookings; those whose deadline does not apply any more are skipped.
    pub ids: Vec<BookingId>,
    /// How long a booking may stay PENDING while payments publishes nothing about it.
    pub deadline: Duration,
}

impl Command for ExpireBookings {
    type Answer = u64;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        for id in &self.ids {
            reads.row::<Booking>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<u64, Infallible> {
        let mut expired = 0;
        for id in &self.ids {
            expired += u64::from(self.expire(*id, work, context));
        }
        Ok(expired)
    }
}

impl ExpireBookings {
    fn expire(&self, id: BookingId, work: &mut UnitOfWork, context: &CommandContext) -> bool {
        let Some(booking) = work.get::<Booking>(id).cloned() else { return false };
        let Some(deadline_at) = booking.deadline_at.filter(|at| *at <= context.now) else { return false };
        let allowed = deadline_at.max(booking.created_at.plus(self.deadline));
        if allowed > context.now {
            work.update(Booking { deadline_at: Some(allowed), ..booking });
            return false;
        }
        let expired = apply(work, booking, BookingInput::DeadlinePassed, ("bookings", None), context);
        let Some(Booking { id: booking_id, user_id, organizer_id, .. }) = expired else { return false };
        work.publish(&BookingCancelled { booking_id, user_id, organizer_id, reason: Reason::Expired }, context);
        true
    }
}
