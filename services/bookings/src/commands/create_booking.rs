use std::time::Duration;

use boxoffice_contracts::{
    BookingId, Currency, Item, Lines, OrganizerId, PaymentToken, UserId, events::BookingCreated,
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::new_booking::NewBooking;
use crate::{
    error::Refusal,
    store::{Booking, BookingWithTickets, Customer},
};

/// Creates the booking of a hold. From its commit on the saga brings the booking to an end without further requests.
pub struct CreateBooking {
    /// Id of the hold, which becomes the id of the booking.
    pub id: BookingId,
    /// The user who books.
    pub user: UserId,
    /// The organizer who sells all of the lines.
    pub organizer: OrganizerId,
    /// The held lines, at the prices of the hold.
    pub lines: Lines,
    /// Currency of all lines.
    pub currency: Currency,
    /// The payment token to charge.
    pub payment_token: PaymentToken,
    /// How long the booking may stay PENDING while payments publishes nothing about it.
    pub deadline: Duration,
}

impl Command for CreateBooking {
    type Answer = BookingWithTickets;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.id);
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<BookingWithTickets, Refusal> {
        if work.get::<Booking>(self.id).is_some() {
            return Err(Refusal::HoldUsed(self.id));
        }
        if work.get::<Customer>(self.user).is_some_and(|customer| !customer.may_book()) {
            return Err(Refusal::CustomerDeleted(self.user));
        }
        let total = self.lines.total(self.currency)?;
        let new = NewBooking {
            id: self.id,
            user: self.user,
            organizer: self.organizer,
            lines: self.lines.clone(),
            total_minor: total.minor,
            currency: self.currency,
            deadline_at: context.now.plus(self.deadline),
            by: context.origin.actor.clone(),
        };
        let booking = new.insert(work, context);
        let created = BookingCreated {
            booking_id: self.id,
            user_id: self.user,
            organizer_id: self.organizer,
            ticket_count: self.lines.total_quantity(),
            total_price: total.decimal(),
            currency: self.currency,
            lines: Item::from_lines(&self.lines, self.currency),
            payment_token: self.payment_token.clone(),
        };
        work.publish(&created, context);
        Ok(BookingWithTickets { booking, tickets: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{DEADLINE, context_after, create_booking, id, user},
        domain::BookingStatus,
    };

    fn decide(mut work: UnitOfWork) -> (Result<BookingWithTickets, Refusal>, UnitOfWork) {
        let answer = create_booking().decide(&mut work, &context_after(0));
        (answer, work)
    }

    #[test]
    fn a_new_booking_is_pending_until_its_deadline_and_published_once() {
        let work = UnitOfWork::default().without_row::<Booking>(id()).without_row::<Customer>(user());
        let (answer, work) = decide(work);
        let booking = answer.unwrap().booking;
        assert_eq!((booking.status, booking.total_minor), (BookingStatus::Pending, 5100));
        assert_eq!(booking.deadline_at, Some(context_after(0).now.plus(DEADLINE)));
        let kinds: Vec<_> = work.published().iter().map(|message| &*message.kind).collect();
        assert_eq!(kinds, ["BookingCreatedEvent"]);
        let (again, _) = decide(UnitOfWork::default().with_row(booking).without_row::<Customer>(user()));
        assert_eq!(again.unwrap_err(), Refusal::HoldUsed(id()));
    }

    #[test]
    fn a_deleted_customer_cannot_book() {
        let deleted = Customer { deleted: true, ..Customer::new(user(), None) };
        let work = UnitOfWork::default().without_row::<Booking>(id()).with_row(deleted);
        assert_eq!(decide(work).0.unwrap_err(), Refusal::CustomerDeleted(user()));
    }
}
