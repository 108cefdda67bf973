//! The commands of this service, one for each change of its data. Only a command writes.

mod call_policy;
mod end_order;
mod record_intent;
mod record_outcome;
mod record_refund;
mod retry_refund;
mod transitions;

#[cfg(test)]
mod testing;

pub use call_policy::CallPolicy;
pub use end_order::EndOrder;
pub use record_intent::RecordIntent;
pub use record_outcome::RecordOutcome;
pub use record_refund::RecordRefund;
pub use retry_refund::RetryRefund;

use boxoffice_contracts::events::{PaymentPending, PaymentProcessed, PaymentRefunded};
use boxoffice_writer::{CommandContext, UnitOfWork};

use self::transitions::{Effects, Published};
use crate::{
    domain::{EntryKind, PaymentStatus, RefundStatus},
    store::{Entry, Payment},
};

/// The signal that the provider is to be called for a payment.
pub const CALL: &str = "call";
/// The signal that the provider refunded a payment.
pub const REFUND_DONE: &str = "refund-done";
/// The signal that the provider refused to refund a payment.
pub const REFUND_FAILED: &str = "refund-failed";

/// Appends the entry, publishes the events and sends the signals that follow from a transition of `payment`.
fn follow_up(work: &mut UnitOfWork, payment: &Payment, effects: Effects, context: &CommandContext) {
    let Effects { entry, reference, published } = effects;
    if let Some(kind) = entry {
        work.insert(new_entry(payment, kind, reference.clone(), context));
    }
    for event in published {
        match event {
            Published::Pending => publish_pending(work, payment, context),
            Published::Processed => publish_processed(work, payment, context),
            Published::Refunded => publish_refunded(work, payment, reference.clone(), context),
        }
    }
    if payment.next_call_at.is_some_and(|at| at <= context.now) {
        work.signal(CALL, payment.id.get());
    }
}

fn new_entry(payment: &Payment, kind: EntryKind, reference: Option<String>, context: &CommandContext) -> Entry {
    Entry {
        order_id: payment.id,
        number: kind.number(),
        kind,
        amount_minor: payment.amount_minor,
        currency: payment.currency,
        provider_reference: reference,
        recorded_at: context.now,
        actor: context.origin.actor.clone(),
    }
}

fn publish_pending(work: &mut UnitOfWork, payment: &Payment, context: &CommandContext) {
    let (order_id, organizer_id) = (payment.id, payment.organizer_id);
    let message = "The payment provider has not answered yet".into();
    work.publish(&PaymentPending { order_id, message, organizer_id }, context);
}

fn publish_processed(work: &mut UnitOfWork, payment: &Payment, context: &CommandContext) {
    let message = match payment.status {
        PaymentStatus::Captured => "The amount was captured",
        PaymentStatus::Free => "There was nothing to pay",
        PaymentStatus::Declined => "The payment was declined",
        PaymentStatus::Expired => "The payment provider did not answer in time; nothing was captured",
        _ => "The order ended before anything was captured",
    };
    let processed = PaymentProcessed {
        order_id: payment.id,
        success: matches!(payment.status, PaymentStatus::Captured | PaymentStatus::Free),
        amount: payment.amount().decimal(),
        currency: payment.currency,
        transaction_id: payment.provider_reference.clone(),
        reason: payment.reason(),
        message: message.into(),
        organizer_id: payment.organizer_id,
    };
    work.publish(&processed, context);
    work.signal(payment.status.as_str(), payment.id.get());
}

fn publish_refunded(work: &mut UnitOfWork, payment: &Payment, reference: Option<String>, context: &CommandContext) {
    let refunded = PaymentRefunded {
        order_id: payment.id,
        amount: payment.amount().decimal(),
        currency: payment.currency,
        // Until the refund is done, the reference is that of the charge.
        transaction_id: reference.filter(|_| payment.refund == RefundStatus::Done),
        refund: payment.refund,
        organizer_id: payment.organizer_id,
    };
    work.publish(&refunded, context);
    match payment.refund {
        RefundStatus::Done => work.signal(REFUND_DONE, payment.id.get()),
        RefundStatus::Failed => work.signal(REFUND_FAILED, payment.id.get()),
        RefundStatus::None | RefundStatus::Pending => {}
    }
}
