use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, Moment, Need, World};

use crate::{commands::advance, domain::Fact, error::Refusal, store::Order};

/// The outcome of a payment is known.
pub struct NotePayment {
    /// Which order.
    pub order: BookingId,
    /// Whether the amount was captured. When it was not, inventory gives the seats back, and that fails the order.
    pub captured: bool,
}

impl Command for NotePayment {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        if self.captured {
            need.row::<Order>(self.order);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        if self.captured { advance(world, self.order, Fact::Captured, moment) } else { Ok(()) }
    }
}
