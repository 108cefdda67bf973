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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{DEADLINE, booking, context_after, id},
        domain::BookingStatus,
    };

    /// The booking afterwards, and the numbers of expired bookings and published events.
    fn expired(row: Booking, seconds: u64) -> (Booking, u64, usize) {
        let mut work = UnitOfWork::default().with_row(row);
        let command = ExpireBookings { ids: vec![id()], deadline: DEADLINE };
        let Ok(count) = command.decide(&mut work, &context_after(seconds));
        (work.get::<Booking>(id()).unwrap().clone(), count, work.published().len())
    }

    #[test]
    fn a_pending_booking_expires_at_its_deadline() {
        for (seconds, status, count) in [(59, BookingStatus::Pending, 0), (60, BookingStatus::Expired, 1)] {
            let (row, expired, published) = expired(booking(), seconds);
            assert_eq!((row.status, expired, published), (status, count, usize::try_from(count).unwrap()));
        }
    }

    #[test]
    fn a_booking_opened_by_its_order_gets_the_deadline_first() {
        let opened = Booking { deadline_at: Some(booking().created_at), ..booking() };
        let (row, expired, _) = expired(opened, 1);
        assert_eq!((row.deadline_at, expired), (Some(row.created_at.plus(DEADLINE)), 0));
    }

    #[test]
    fn a_settled_booking_does_not_expire() {
        let settled = Booking { status: BookingStatus::Confirmed, deadline_at: None, ..booking() };
        assert_eq!(expired(settled, 3600).1, 0);
    }
}
