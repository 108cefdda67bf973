use boxoffice_contracts::{BookingId, events::Refund};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::advance;
use crate::{error::Refusal, store::Payment};

/// An operator wants the provider to be asked once more for a refund that it refused. It is asked under the same key, so
/// that the money is given back once. A refund that is under way, or done, is left as it is.
pub struct RepeatRefund {
    /// Of which order.
    pub order: BookingId,
}

impl Resource for Payment {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for RepeatRefund {
    type Answer = Payment;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Payment, Refusal> {
        let payment = work.get::<Payment>(self.order).ok_or(Refusal::NotFound(self.order))?;
        if payment.refund == Refund::None {
            return Err(Refusal::NothingToRefund(self.order));
        }
        advance(work, self.order, context, |payment| {
            let step = payment.ask_for_refund_again(context.now)?;
            // What is done about it from here on belongs to the errand of whoever asks.
            let origin = &context.origin;
            (payment.causation_id, payment.correlation_id) = (origin.causation_id, origin.correlation_id.clone());
            payment.traceparent.clone_from(&origin.traceparent);
            Some(step)
        });
        Ok(work.get::<Payment>(self.order).expect("it was there a moment ago").clone())
    }
}
