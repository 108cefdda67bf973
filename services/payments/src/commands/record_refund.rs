use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{CallPolicy, follow_up, transitions};
use crate::{domain::RefundOutcome, store::Payment};

/// Records the outcome of a refund. An outcome that is known already, or of a refund that is not pending, changes nothing.
pub struct RecordRefund {
    /// The order's id, which is the key of the charge at the provider.
    pub order: BookingId,
    /// The outcome that the provider reported; `None` when the call timed out or failed.
    pub outcome: Option<RefundOutcome>,
    /// When the provider is called again.
    pub policy: CallPolicy,
}

impl Command for RecordRefund {
    /// When the provider is called next; `None` when no call is due.
    type Answer = Option<Timestamp>;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Option<Timestamp>, Infallible> {
        let Some(mut payment) = work.get::<Payment>(self.order).cloned() else { return Ok(None) };
        let effects = match &self.outcome {
            Some(outcome) => transitions::apply_refund_outcome(&mut payment, outcome, context.now),
            None => transitions::apply_no_refund_answer(&mut payment, &self.policy, context.now, context.fraction()),
        };
        let next_call_at = payment.next_call_at;
        if let Some(effects) = effects {
            follow_up(work, &payment, effects, context);
            work.update(payment);
        }
        Ok(next_call_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{context, order_id, payment, policy},
        domain::{PaymentStatus, RefundStatus},
    };

    fn decided(refund: RefundStatus, outcome: Option<RefundOutcome>) -> UnitOfWork {
        let mut work = UnitOfWork::default().with_row(Payment { status: PaymentStatus::Captured, refund, ..payment() });
        let command = RecordRefund { order: order_id(), outcome, policy: policy() };
        let Ok(_) = command.decide(&mut work, &context());
        work
    }

    #[test]
    fn a_refused_refund_fails_and_is_not_called_for_again() {
        let work = decided(RefundStatus::Pending, Some(RefundOutcome::Failed));
        let payment = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((payment.refund, payment.next_call_at), (RefundStatus::Failed, None));
        assert_eq!(work.published().len(), 1);
    }

    #[test]
    fn an_outcome_of_a_refund_that_is_not_pending_changes_nothing() {
        let work = decided(RefundStatus::None, Some(RefundOutcome::Done { reference: "re_1".into() }));
        assert_eq!(work.get::<Payment>(order_id()).unwrap().refund, RefundStatus::None);
        assert!(work.published().is_empty());
    }
}
