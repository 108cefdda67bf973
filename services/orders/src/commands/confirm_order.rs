use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::advance, domain::Fact, error::Refusal, store::Order};

/// The seats of an order are sold: it is confirmed, and by nothing else.
pub struct ConfirmOrder {
    /// Which order.
    pub order: BookingId,
}

impl Command for ConfirmOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        advance(work, self.order, Fact::SeatsSold, context)
    }
}
