use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, Moment, Need, World};

use crate::{commands::advance, domain::Fact, error::Refusal, store::Order};

/// Inventory holds the seats of an order, or cannot.
pub struct NoteReservation {
    /// Which order.
    pub order: BookingId,
    /// Why the seats cannot be had; none when they are held.
    pub refused: Option<Reason>,
}

impl Command for NoteReservation {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Order>(self.order);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        let fact = self.refused.map_or(Fact::SeatsHeld, Fact::SeatsRefused);
        advance(world, self.order, fact, moment)
    }
}
