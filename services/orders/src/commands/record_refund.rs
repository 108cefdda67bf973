use boxoffice_contracts::{BookingId, events::Refund};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::history_row;
use crate::{error::Refusal, store::Order};

/// Records the status of an order's refund and adds a history row; the status of the order stays the same.
pub struct RecordRefund {
    /// Id of the order.
    pub order: BookingId,
    /// The status of the refund.
    pub refund: Refund,
}

impl Command for RecordRefund {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let mut order = work.get::<Order>(self.order).ok_or(Refusal::UnknownOrder(self.order))?.clone();
        if !self.refund.supersedes(order.refund) {
            return Ok(());
        }
        order.refund = self.refund;
        let (number, status) = (order.count_history(1).start, order.status);
        work.update(order);
        work.insert(history_row(self.order, number, status, format!("refund {}", self.refund), context));
        Ok(())
    }
}
