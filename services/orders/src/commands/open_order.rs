use boxoffice_contracts::{
    Item,
    events::{BookingCreated, PlacedThrough},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::new_order::NewOrder;
use crate::{error::Refusal, store::Order};

/// Opens the order of a new booking. Does nothing when the order exists, or when its tombstone does because the booking
/// was cancelled before.
pub struct OpenOrder(pub BookingCreated);

impl Command for OpenOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.0.booking_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let booking = &self.0;
        if work.get::<Order>(booking.booking_id).is_some() {
            return Ok(());
        }
        let new = NewOrder {
            id: booking.booking_id,
            user: booking.user_id,
            organizer: booking.organizer_id,
            lines: Item::to_lines(&booking.lines, booking.currency)?,
            currency: booking.currency,
            placed_through: PlacedThrough::Bookings,
            payment_token: booking.payment_token.clone(),
            note: "placed through bookings".into(),
        };
        new.insert(work, context)?;
        Ok(())
    }
}
