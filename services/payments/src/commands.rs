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
use boxoffice_writer::{Moment, World};

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
fn advance(world: &mut World, order: BookingId, moment: &Moment, step: impl FnOnce(&mut Payment) -> Option<Step>) {
    let Some(mut payment) = world.get::<Payment>(order).cloned() else { return };
    let Some(step) = step(&mut payment) else { return };
    let row = world.edit::<Payment>(order).expect("it was there a moment ago");
    payment.version = row.version;
    row.clone_from(&payment);
    follow_up(world, &payment, step, moment);
}

/// Everything that follows from a step: its entry, what the others are told, and hints.
fn follow_up(world: &mut World, payment: &Payment, step: Step, moment: &Moment) {
    let Step { entry, reference, says } = step;
    if let Some(kind) = entry {
        world.insert(Entry {
            order_id: payment.id,
            number: kind.number(),
            kind,
            amount_minor: payment.amount_minor,
            currency: payment.currency,
            provider_reference: reference.clone(),
            at: moment.now,
            actor: moment.origin.actor.clone(),
        });
    }
    for say in says {
        match say {
            Say::Pending => say_pending(world, payment, moment),
            Say::Processed => say_processed(world, payment, moment),
            Say::Refund => say_refund(world, payment, reference.clone(), moment),
        }
    }
    if payment.next_call_at.is_some_and(|at| at <= moment.now) {
        world.nudge(CALL, payment.id.get());
    }
}

fn say_pending(world: &mut World, payment: &Payment, moment: &Moment) {
    let (order_id, organizer_id) = (payment.id, payment.organizer_id);
    let message = "The payment provider has not answered yet".into();
    world.say(&PaymentPending { order_id, message, organizer_id }, moment);
}

fn say_processed(world: &mut World, payment: &Payment, moment: &Moment) {
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
    world.say(&processed, moment);
    world.nudge(payment.state.word(), payment.id.get());
}

fn say_refund(world: &mut World, payment: &Payment, reference: Option<String>, moment: &Moment) {
    let refunded = PaymentRefunded {
        order_id: payment.id,
        amount: amount(payment).decimal(),
        currency: payment.currency,
        // While it is pending, the reference is that of the charge.
        transaction_id: reference.filter(|_| payment.refund == Refund::Done),
        refund: payment.refund,
        organizer_id: payment.organizer_id,
    };
    world.say(&refunded, moment);
    match payment.refund {
        Refund::Done => world.nudge(REFUND_DONE, payment.id.get()),
        Refund::Failed => world.nudge(REFUND_FAILED, payment.id.get()),
        Refund::None | Refund::Pending => {}
    }
}

fn amount(payment: &Payment) -> Money {
    Money::new(payment.amount_minor, payment.currency)
}
