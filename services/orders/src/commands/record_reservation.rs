use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Records whether inventory holds the seats of an order.
pub struct RecordReservation {
    /// Id of the order.
    pub order: BookingId,
    /// The reason why inventory refused the seats; `None` when they are held.
    pub refused: Option<Reason>,
}

impl Command for RecordReservation {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let input = self.refused.map_or(OrderInput::SeatsHeld, OrderInput::SeatsRefused);
        apply(work, self.order, input, context)
    }
}
