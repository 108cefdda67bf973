use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{CallPolicy, follow_up, transitions};
use crate::{domain::PaymentOutcome, store::Payment};

/// Records the outcome of a charge or of its cancellation. An outcome that is known already, or that belongs to no
/// payment, changes nothing.
pub struct RecordOutcome {
    /// The order's id, which is the key of the charge at the provider.
    pub order: BookingId,
    /// The outcome that the provider reported; `None` when the call timed out or failed.
    pub outcome: Option<PaymentOutcome>,
    /// When the provider is called again.
    pub policy: CallPolicy,
}

impl Command for RecordOutcome {
    /// When the provider is called next; `None` when no call is due.
    type Answer = Option<Timestamp>;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Option<Timestamp>, Infallible> {
        let Some(mut payment) = work.get::<Payment>(self.order).cloned() else { return Ok(None) };
        let effects = match &self.outcome {
            Some(outcome) => transitions::apply_outcome(&mut payment, outcome, context.now),
            None => transitions::apply_no_answer(&mut payment, &self.policy, context.now, context.fraction()),
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
        domain::PaymentStatus,
    };

    fn decided(payment: Payment, outcome: Option<PaymentOutcome>) -> (Option<Timestamp>, UnitOfWork) {
        let mut work = UnitOfWork::default().with_row(payment);
        let Ok(next) = RecordOutcome { order: order_id(), outcome, policy: policy() }.decide(&mut work, &context());
        (next, work)
    }

    #[test]
    fn a_captured_payment_keeps_the_reference_and_no_token() {
        let outcome = PaymentOutcome::Captured { reference: "ch_1".into() };
        let (next, work) = decided(payment(), Some(outcome));
        let payment = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((payment.status, payment.provider_reference.as_deref()), (PaymentStatus::Captured, Some("ch_1")));
        assert!(payment.payment_token.is_none() && next.is_none());
        assert_eq!(work.published().len(), 1);
    }

    #[test]
    fn a_call_without_an_answer_is_repeated_after_a_delay() {
        let (next, work) = decided(payment(), None);
        let payment = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((payment.status, payment.attempts), (PaymentStatus::Pending, 1));
        assert!(next.is_some_and(|next| next > context().now));
    }

    #[test]
    fn a_repeated_outcome_changes_nothing() {
        let declined = Payment { status: PaymentStatus::Declined, next_call_at: None, ..payment() };
        let (next, work) = decided(declined.clone(), Some(PaymentOutcome::Declined));
        assert_eq!(work.get::<Payment>(order_id()), Some(&declined));
        assert!(next.is_none() && work.published().is_empty());
    }
}
