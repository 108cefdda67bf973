use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if self.captured {
            reads.row::<Order>(self.order);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        if self.captured { advance(work, self.order, Fact::Captured, context) } else { Ok(()) }
    }
}
