//! Verbs: one for each thing that can be done. The only way in which this service's data changes.

mod end_order;
mod record_intent;
mod record_outcome;
mod record_refund;
mod repeat_refund;

pub use end_order::EndOrder;
pub use record_intent::RecordIntent;
pub use record_outcome::RecordOutcome;
pub use record_refund::RecordRefund;
pub use repeat_refund::RepeatRefund;

use boxoffice_contracts::{
    BookingId, Money,
    events::{PaymentPending, PaymentProcessed, PaymentRefunded, Refund},
};
use boxoffice_writer::{CommandContext, UnitOfWork};

use crate::{
    domain::{Say, State, Step},
    store::{Entry, Payment},
};

/// The hint that the provider is to be called for a payment.
pub const CALL: &str = "call";
/// The hint that the money of an order was given back.
pub const REFUND_DONE: &str = "refund-done";
/// The hint that the provider refused to give money back.
pub const REFUND_FAILED: &str = "refund-failed";

/// Moves the payment of `order`, which must be among the needs, by one step; nothing, when there is none or the step
/// changes nothing.
fn advance(
    work: &mut UnitOfWork,
    order: BookingId,
    context: &CommandContext,
    step: impl FnOnce(&mut Payment) -> Option<Step>,
) {
    let Some(mut payment) = work.get::<Payment>(order).cloned() else { return };
    let Some(step) = step(&mut payment) else { return };
    let row = work.edit::<Payment>(order).expect("it was there a moment ago");
    payment.version = row.version;
    row.clone_from(&payment);
    follow_up(work, &payment, step, context);
}

/// Everything that follows from a step: its entry, what the others are told, and hints.
fn follow_up(work: &mut UnitOfWork, payment: &Payment, step: Step, context: &CommandContext) {
    let Step { entry, reference, says } = step;
    if let Some(kind) = entry {
        work.insert(Entry {
            order_id: payment.id,
            number: kind.number(),
            kind,
            amount_minor: payment.amount_minor,
            currency: payment.currency,
            provider_reference: reference.clone(),
            at: context.now,
            actor: context.origin.actor.clone(),
        });
    }
    for say in says {
        match say {
            Say::Pending => say_pending(work, payment, context),
            Say::Processed => say_processed(work, payment, context),
            Say::Refund => say_refund(work, payment, reference.clone(), context),
        }
    }
    if payment.next_call_at.is_some_and(|at| at <= context.now) {
        work.signal(CALL, payment.id.get());
    }
}

fn say_pending(work: &mut UnitOfWork, payment: &Payment, context: &CommandContext) {
    let (order_id, organizer_id) = (payment.id, payment.organizer_id);
    let message = "The payment provider has not answered yet".into();
    work.publish(&PaymentPending { order_id, message, organizer_id }, context);
}

fn say_processed(work: &mut UnitOfWork, payment: &Payment, context: &CommandContext) {
    let message = match payment.state {
        State::Captured => "The amount was captured",
        State::Free => "There was nothing to pay",
        State::Declined => "The payment was declined",
        State::Expired => "The payment provider did not answer in time; nothing was captured",
        _ => "The order ended before anything was captured",
    };
    let processed = PaymentProcessed {
        order_id: payment.id,
        success: matches!(payment.state, State::Captured | State::Free),
        amount: amount(payment).decimal(),
        currency: payment.currency,
        transaction_id: payment.reference.clone(),
        reason: payment.reason(),
        message: message.into(),
        organizer_id: payment.organizer_id,
    };
    work.publish(&processed, context);
    work.signal(payment.state.word(), payment.id.get());
}

fn say_refund(work: &mut UnitOfWork, payment: &Payment, reference: Option<String>, context: &CommandContext) {
    let refunded = PaymentRefunded {
        order_id: payment.id,
        amount: amount(payment).decimal(),
        currency: payment.currency,
        // While it is pending, the reference is that of the charge.
        transaction_id: reference.filter(|_| payment.refund == Refund::Done),
        refund: payment.refund,
        organizer_id: payment.organizer_id,
    };
    work.publish(&refunded, context);
    match payment.refund {
        Refund::Done => work.signal(REFUND_DONE, payment.id.get()),
        Refund::Failed => work.signal(REFUND_FAILED, payment.id.get()),
        Refund::None | Refund::Pending => {}
    }
}

fn amount(payment: &Payment) -> Money {
    Money::new(payment.amount_minor, payment.currency)
}
