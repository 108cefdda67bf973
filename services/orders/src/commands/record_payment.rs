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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{decided, expect_no_effect, id, order},
        domain::OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved},
    };

    #[test]
    fn a_captured_payment_pays_the_order() {
        for status in [Created, Reserved] {
            let (order, kinds) = decided(&RecordPayment { order: id(), captured: true }, status);
            assert_eq!((order.status, kinds), (Paid, vec![]));
        }
        expect_no_effect(&RecordPayment { order: id(), captured: true }, &[Paid, Confirmed, Failed, Cancelled]);
    }

    #[test]
    fn a_failed_payment_waits_for_the_release_of_the_seats() {
        let failed = decided(&RecordPayment { order: id(), captured: false }, Reserved);
        assert_eq!(failed, (order(Reserved), vec![]));
    }
}
