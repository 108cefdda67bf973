use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Payment>(self.order);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Option<Timestamp>, Infallible> {
        advance(world, self.order, moment, |payment| match &self.answer {
            Some(answer) => payment.hear(answer.clone(), moment.now),
            None if payment.state.is_open() => payment.hear_nothing(moment.now, &self.pace, moment.fraction()),
            None => None,
        });
        Ok(world.get::<Payment>(self.order).and_then(|payment| payment.next_call_at))
    }
}
