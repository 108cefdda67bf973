use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, Moment, Need, World};

use crate::{commands::advance, domain::Fact, error::Refusal, store::Order};

/// The seats of an order are sold: it is confirmed, and by nothing else.
pub struct ConfirmOrder {
    /// Which order.
    pub order: BookingId,
}

impl Command for ConfirmOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Order>(self.order);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        advance(world, self.order, Fact::SeatsSold, moment)
    }
}
