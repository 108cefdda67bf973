use std::time::Duration;

use boxoffice_contracts::{
    BookingId, Currency, Item, Lines, OrganizerId, PaymentToken, UserId, events::BookingCreated,
};
use boxoffice_writer::{Command, Moment, Need, Resource, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Booking>(self.id);
        need.row::<Customer>(self.user);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Booking, Refusal> {
        if world.get::<Booking>(self.id).is_some() {
            return Err(Refusal::HoldUsed(self.id));
        }
        if world.get::<Customer>(self.user).is_some_and(|customer| !customer.may_book()) {
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
            deadline_at: moment.now.plus(self.deadline),
            by: moment.origin.actor.clone(),
        };
        let booking = opening.open(world, moment);
        let created = BookingCreated {
            booking_id: self.id,
            user_id: self.user,
            organizer_id: self.organizer,
            ticket_count: self.lines.places(),
            total_price: total.decimal(),
            currency: self.currency,
            lines: Item::list(&self.lines, self.currency),
            payment_token: self.payment_token.clone(),
        };
        world.say(&created, moment);
        Ok(booking)
    }
}
