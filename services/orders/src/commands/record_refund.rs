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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{context, decided, id, order},
        domain::OrderStatus,
    };

    #[test]
    fn a_refund_keeps_the_status_and_counts_in_the_history() {
        let (row, kinds) = decided(&RecordRefund { order: id(), refund: Refund::Done }, OrderStatus::Cancelled);
        assert_eq!((row.status, row.refund, row.history_count), (OrderStatus::Cancelled, Refund::Done, 2));
        assert!(kinds.is_empty());
    }

    #[test]
    fn an_earlier_status_of_the_refund_has_no_effect() {
        let done = Order { refund: Refund::Done, ..order(OrderStatus::Cancelled) };
        for refund in [Refund::Pending, Refund::Done] {
            let mut work = UnitOfWork::default().with_row(done.clone());
            RecordRefund { order: id(), refund }.decide(&mut work, &context()).unwrap();
            assert_eq!(work.get::<Order>(id()), Some(&done), "{refund}");
        }
    }
}
