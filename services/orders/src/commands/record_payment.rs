use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{commands::apply, domain::OrderInput, error::Refusal, store::Order};

/// Records the outcome of an order's payment.
pub struct RecordPayment {
    /// Id of the order.
    pub order: BookingId,
    /// Whether the amount was captured. Otherwise inventory releases the seats, which fails the order.
    pub captured: bool,
}

impl Command for RecordPayment {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if self.captured {
            reads.row::<Order>(self.order);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        if self.captured { apply(work, self.order, OrderInput::PaymentCaptured, context) } else { Ok(()) }
    }
}
