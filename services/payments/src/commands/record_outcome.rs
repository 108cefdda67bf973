use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::advance;
use crate::{
    domain::{Charged, Pace},
    store::Payment,
};

/// The provider was called for a charge, or for its cancellation. What is known already, or of no known order, changes
/// nothing.
pub struct RecordOutcome {
    /// Which order.
    pub order: BookingId,
    /// What it said; none when it did not answer in time, or with an error.
    pub answer: Option<Charged>,
    /// When it is called again.
    pub pace: Pace,
}

impl Command for RecordOutcome {
    /// When the provider is to be called next.
    type Answer = Option<Timestamp>;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Option<Timestamp>, Infallible> {
        advance(work, self.order, context, |payment| match &self.answer {
            Some(answer) => payment.hear(answer.clone(), context.now),
            None if payment.state.is_open() => payment.hear_nothing(context.now, &self.pace, context.fraction()),
            None => None,
        });
        Ok(work.get::<Payment>(self.order).and_then(|payment| payment.next_call_at))
    }
}
