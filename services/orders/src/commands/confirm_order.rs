use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Confirms an order whose seats are sold. Nothing else confirms an order.
pub struct ConfirmOrder {
    /// Id of the order.
    pub order: BookingId,
}

impl Command for ConfirmOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        apply(work, self.order, OrderInput::SeatsSold, context)
    }
}
