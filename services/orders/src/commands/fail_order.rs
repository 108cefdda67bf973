use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, Moment, Need, World};

use crate::{commands::advance, domain::Fact, error::Refusal, store::Order};

/// The seats of an order were given back: without them there is nothing to confirm.
pub struct FailOrder {
    /// Which order.
    pub order: BookingId,
    /// Why.
    pub reason: Reason,
}

impl Command for FailOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Order>(self.order);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        advance(world, self.order, Fact::SeatsReleased(self.reason), moment)
    }
}
