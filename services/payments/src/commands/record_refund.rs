use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, events::Refund};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::advance;
use crate::{
    domain::{Pace, Refunded},
    store::Payment,
};

/// The provider was called for a refund. What is known already, or not being asked for, changes nothing.
pub struct RecordRefund {
    /// Which order.
    pub order: BookingId,
    /// What it said; none when it did not answer in time, or with an error.
    pub answer: Option<Refunded>,
    /// When it is called again.
    pub pace: Pace,
}

impl Command for RecordRefund {
    /// When the provider is to be called next.
    type Answer = Option<Timestamp>;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Option<Timestamp>, Infallible> {
        advance(work, self.order, context, |payment| match &self.answer {
            Some(answer) => payment.hear_refund(answer.clone()),
            None if payment.refund == Refund::Pending => {
                payment.hear_nothing(context.now, &self.pace, context.fraction())
            }
            None => None,
        });
        Ok(work.get::<Payment>(self.order).and_then(|payment| payment.next_call_at))
    }
}
