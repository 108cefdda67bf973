use boxoffice_contracts::{BookingId, events::Refund};
use boxoffice_writer::{Command, Moment, Need, Resource, World};

use super::advance;
use crate::{error::Refusal, store::Payment};

/// An operator wants the provider to be asked once more for a refund that it refused. It is asked under the same key, so
/// that the money is given back once. A refund that is under way, or done, is left as it is.
pub struct RepeatRefund {
    /// Of which order.
    pub order: BookingId,
}

impl Resource for Payment {
    fn resource(&self) -> String {
        self.id.to_string()
    }
}

impl Command for RepeatRefund {
    type Answer = Payment;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Payment>(self.order);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Payment, Refusal> {
        let payment = world.get::<Payment>(self.order).ok_or(Refusal::NotFound(self.order))?;
        if payment.refund == Refund::None {
            return Err(Refusal::NothingToRefund(self.order));
        }
        advance(world, self.order, moment, |payment| {
            let step = payment.ask_for_refund_again(moment.now)?;
            // What is done about it from here on belongs to the errand of whoever asks.
            let origin = &moment.origin;
            (payment.cause, payment.correlation) = (origin.cause, origin.correlation.clone());
            payment.trace.clone_from(&origin.trace);
            Some(step)
        });
        Ok(world.get::<Payment>(self.order).expect("it was there a moment ago").clone())
    }
}
