use boxoffice_contracts::{BookingId, Reason};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let fact = self.refused.map_or(Fact::SeatsHeld, Fact::SeatsRefused);
        advance(work, self.order, fact, context)
    }
}
