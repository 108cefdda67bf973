use boxoffice_contracts::{BookingId, events::Refund};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::history_row;
use crate::{domain, error::Refusal, store::Order};

/// Giving the money back has come further. The order stays in its state; its history has a row for it all the same.
pub struct NoteRefund {
    /// Which order.
    pub order: BookingId,
    /// How far.
    pub refund: Refund,
}

impl Command for NoteRefund {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let order = work.get::<Order>(self.order).ok_or(Refusal::TooEarly(self.order))?;
        if !domain::is_further(order.refund, self.refund) {
            return Ok(());
        }
        let order = work.edit::<Order>(self.order).expect("it was there a moment ago");
        order.refund = self.refund;
        let (number, status) = (order.count_history(1).start, order.status);
        work.insert(history_row(self.order, number, status, format!("refund {}", self.refund), context));
        Ok(())
    }
}
