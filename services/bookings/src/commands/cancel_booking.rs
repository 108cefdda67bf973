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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{booking, context_after, id, user};

    /// The result, and the number of published events.
    fn cancelled(status: BookingStatus, user: Option<UserId>) -> (Result<BookingStatus, Refusal>, usize) {
        let work = UnitOfWork::default().with_row(Booking { status, ..booking() });
        let mut work = work.with_rows::<Ticket>(&["booking_id"], &id(), []);
        let result = CancelBooking { id: id(), user }.decide(&mut work, &context_after(1));
        (result.map(|cancelled| cancelled.booking.status), work.published().len())
    }

    #[test]
    fn a_booking_is_cancelled_and_published_once() {
        for status in [BookingStatus::Pending, BookingStatus::Confirmed] {
            assert_eq!(cancelled(status, Some(user())), (Ok(BookingStatus::Cancelled), 1), "{status:?}");
        }
        assert_eq!(cancelled(BookingStatus::Cancelled, Some(user())), (Ok(BookingStatus::Cancelled), 0));
    }

    #[test]
    fn a_failed_or_expired_booking_and_that_of_another_user_are_refused() {
        for status in [BookingStatus::Failed, BookingStatus::Expired] {
            assert_eq!(cancelled(status, None), (Err(Refusal::NotCancellable(status)), 0));
        }
        let other = Some(UserId::from(8));
        assert_eq!(cancelled(BookingStatus::Pending, other), (Err(Refusal::NotFound(id())), 0));
    }
}
