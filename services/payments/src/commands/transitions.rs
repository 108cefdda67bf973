//! Applies transitions to the row of a payment: the only place that changes a status in a row.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::Reason;

use super::CallPolicy;
use crate::{
    domain::{
        ApplyRefundInput, EntryKind, NextCall, PaymentEvent, PaymentInput, PaymentOutcome, PaymentTransition,
        RefundInput, RefundOutcome, RefundTransition,
    },
    store::Payment,
};

/// An event that a command publishes about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Published {
    /// `PaymentPending`: the provider does not answer.
    Pending,
    /// `PaymentProcessed`: the outcome is known.
    Processed,
    /// `PaymentRefunded`: the refund has a new status.
    Refunded,
}

/// The entries and events of a transition, besides the changed row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    /// The entry to append to the history.
    pub(super) entry: Option<EntryKind>,
    /// The provider's id of the charge or refund that the entry is about.
    pub(super) reference: Option<String>,
    /// The events to publish, in this order.
    pub(super) published: Vec<Published>,
}

/// Opens a payment, whose row has been built with the status of `transition`.
pub(super) fn opened(transition: &PaymentTransition) -> Effects {
    Effects { entry: transition.entry, reference: None, published: published(transition, None) }
}

/// Applies the outcome of a charge. `None` when the payment does not change.
pub(super) fn apply_outcome(payment: &mut Payment, outcome: &PaymentOutcome, now: Timestamp) -> Option<Effects> {
    let transition = payment.status.apply(PaymentInput::of(outcome, payment.order_ended.is_some()))?;
    let effects = apply_payment_transition(payment, transition, now)?;
    payment.payment_token = None;
    let PaymentOutcome::Captured { reference } = outcome else { return Some(effects) };
    payment.provider_reference = Some(reference.clone());
    Some(Effects { reference: Some(reference.clone()), ..effects })
}

/// Applies the end of the order without tickets. Payments asks for nothing any more and refunds what was captured, or turns
/// out to have been. `None` when the payment does not change.
pub(super) fn apply_order_ended(payment: &mut Payment, reason: Reason, now: Timestamp) -> Option<Effects> {
    if payment.order_ended.is_some() {
        return None;
    }
    let transition = payment.status.apply(PaymentInput::OrderEnded)?;
    let effects = apply_payment_transition(payment, transition, now)?;
    payment.order_ended = Some(reason);
    Some(effects)
}

/// Applies the outcome of a refund. `None` when the payment does not change.
pub(super) fn apply_refund_outcome(payment: &mut Payment, outcome: &RefundOutcome, now: Timestamp) -> Option<Effects> {
    let (input, reference) = match outcome {
        RefundOutcome::Done { reference } => (RefundInput::Done, Some(reference.clone())),
        RefundOutcome::Failed => (RefundInput::Failed, None),
    };
    let transition = payment.refund.apply(input)?;
    Some(Effects { reference, ..apply_refund_transition(payment, transition, now) })
}

/// Applies an operator's request to ask for a failed refund again. `None` when the payment does not change.
pub(super) fn apply_refund_retry(payment: &mut Payment, now: Timestamp) -> Option<Effects> {
    let transition = payment.refund.apply(RefundInput::Retried)?;
    Some(apply_refund_transition(payment, transition, now))
}

/// Applies that a charge or its cancellation had no answer. `None` when the outcome is known by now.
pub(super) fn apply_no_answer(
    payment: &mut Payment,
    policy: &CallPolicy,
    now: Timestamp,
    fraction: f64,
) -> Option<Effects> {
    let transition = payment.status.apply(PaymentInput::NoAnswer)?;
    let effects = apply_payment_transition(payment, transition, now)?;
    retry_later(payment, policy, now, fraction);
    Some(effects)
}

/// Applies that a refund had no answer. `None` when the outcome is known by now.
pub(super) fn apply_no_refund_answer(
    payment: &mut Payment,
    policy: &CallPolicy,
    now: Timestamp,
    fraction: f64,
) -> Option<Effects> {
    let transition = payment.refund.apply(RefundInput::NoAnswer)?;
    let effects = apply_refund_transition(payment, transition, now);
    retry_later(payment, policy, now, fraction);
    Some(effects)
}

/// `None` when the transition requires a refund that has begun before: nothing changes then.
fn apply_payment_transition(payment: &mut Payment, transition: PaymentTransition, now: Timestamp) -> Option<Effects> {
    let refund = match transition.refund {
        true => Some(payment.refund.apply(RefundInput::Required)?),
        false => None,
    };
    payment.status = transition.to;
    set_next_call(payment, transition.next_call, now);
    if let Some(refund) = refund {
        apply_refund_transition(payment, refund, now);
    }
    let published = published(&transition, refund.as_ref());
    Some(Effects { entry: transition.entry, reference: None, published })
}

fn apply_refund_transition(payment: &mut Payment, transition: RefundTransition, now: Timestamp) -> Effects {
    payment.refund = transition.to;
    set_next_call(payment, transition.next_call, now);
    let published = if transition.publish { vec![Published::Refunded] } else { Vec::new() };
    Effects { entry: transition.entry, reference: None, published }
}

fn published(transition: &PaymentTransition, refund: Option<&RefundTransition>) -> Vec<Published> {
    let event = transition.event.map(|event| match event {
        PaymentEvent::Pending => Published::Pending,
        PaymentEvent::Processed => Published::Processed,
    });
    let refund = refund.filter(|refund| refund.publish).map(|_| Published::Refunded);
    event.into_iter().chain(refund).collect()
}

fn set_next_call(payment: &mut Payment, next_call: NextCall, now: Timestamp) {
    match next_call {
        NextCall::Never => {
            payment.attempts = 0;
            payment.next_call_at = None;
        }
        NextCall::Now => payment.next_call_at = Some(now),
        NextCall::AfterDelay => payment.attempts += 1,
    }
}

fn retry_later(payment: &mut Payment, policy: &CallPolicy, now: Timestamp, fraction: f64) {
    payment.next_call_at = Some(policy.next_call_at(payment, now, fraction));
}

#[cfg(test)]
mod tests;
