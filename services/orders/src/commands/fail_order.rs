use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        advance(work, self.order, Fact::SeatsReleased(self.reason), context)
    }
}
