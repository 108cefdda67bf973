use std::{convert::Infallible, time::Duration};

use boxoffice_contracts::{BookingId, Reason, events::BookingCancelled};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::take_turn;
use crate::{domain::Turn, store::Booking};

/// Ends bookings of which nothing came in time, and says so, that everything is undone as by a cancellation. A booking
/// that was opened by its order, without a deadline of its own, is given one first. The answer is how many ended.
pub struct ExpireBookings {
    /// Which bookings; those whose deadline does not count any more are passed over.
    pub ids: Vec<BookingId>,
    /// How long a booking may take while nothing is heard of its payment.
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
        let expired = self.ids.iter().filter(|id| self.expire(**id, work, context)).count();
        Ok(u64::try_from(expired).expect("a list in memory"))
    }
}

impl ExpireBookings {
    fn expire(&self, id: BookingId, work: &mut UnitOfWork, context: &CommandContext) -> bool {
        let Some(booking) = work.get::<Booking>(id) else { return false };
        let Some(deadline_at) = booking.deadline_at.filter(|at| *at <= context.now) else { return false };
        let (user_id, organizer_id) = (booking.user_id, booking.organizer_id);
        let allowed = deadline_at.max(booking.created_at.plus(self.deadline));
        if allowed > context.now {
            let booking = work.edit::<Booking>(id).expect("it was there a moment ago");
            booking.deadline_at = Some(allowed);
            return false;
        }
        let expired = take_turn(work, id, Turn::Overdue, "bookings", None, context);
        if expired {
            let reason = Reason::Expired;
            work.publish(&BookingCancelled { booking_id: id, user_id, organizer_id, reason }, context);
        }
        expired
    }
}
