use std::time::Duration;

use boxoffice_contracts::{
    BookingId, Currency, Item, Lines, OrganizerId, PaymentToken, UserId, events::BookingCreated,
};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::opening::Opening;
use crate::{
    error::Refusal,
    store::{Booking, Customer},
};

/// A customer is promised a booking whose seats are held: from here on it reaches an end by itself.
pub struct PlaceBooking {
    /// The id of its hold, of which there is one booking.
    pub id: BookingId,
    /// Whose.
    pub user: UserId,
    /// Who sells.
    pub organizer: OrganizerId,
    /// What is held, at the prices of that moment.
    pub lines: Lines,
    /// Of all lines.
    pub currency: Currency,
    /// What to charge.
    pub payment_token: PaymentToken,
    /// How long it may take while nothing is heard of its payment.
    pub deadline: Duration,
}

impl Resource for Booking {
    fn resource(&self) -> String {
        self.id.to_string()
    }
}

impl Command for PlaceBooking {
    type Answer = Booking;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.id);
        reads.row::<Customer>(self.user);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Booking, Refusal> {
        if work.get::<Booking>(self.id).is_some() {
            return Err(Refusal::HoldUsed(self.id));
        }
        if work.get::<Customer>(self.user).is_some_and(|customer| !customer.may_book()) {
            return Err(Refusal::CustomerGone(self.user));
        }
        let total = self.lines.total(self.currency)?;
        let opening = Opening {
            id: self.id,
            user: self.user,
            organizer: self.organizer,
            lines: self.lines.clone(),
            total_minor: total.minor,
            currency: self.currency,
            deadline_at: context.now.plus(self.deadline),
            by: context.origin.actor.clone(),
        };
        let booking = opening.open(work, context);
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
        Ok(booking)
    }
}
