use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Fails an order whose seats were released.
pub struct FailOrder {
    /// Id of the order.
    pub order: BookingId,
    /// The reason of the release.
    pub reason: Reason,
}

impl Command for FailOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        apply(work, self.order, OrderInput::SeatsReleased(self.reason), context)
    }
}
