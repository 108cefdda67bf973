//! The handlers of events from other services: which command each event runs.

use boxoffice_contracts::{
    Reason,
    events::{OrderCancelled, OrderCreated, OrderFailed, PaymentProcessed},
};
use boxoffice_writer::Reactions;

use crate::commands::{ApplyPaymentOutcome, ClaimHold, ReleaseSeats};

/// The events that inventory consumes, each with the command that handles it.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|order: OrderCreated| ClaimHold(order))
        .on(|payment: PaymentProcessed| ApplyPaymentOutcome(payment))
        .on(|order: OrderFailed| ReleaseSeats {
            order: order.order_id,
            reason: order.reason,
            organizer: order.organizer_id,
            currency: order.currency,
        })
        .on(|order: OrderCancelled| ReleaseSeats {
            order: order.order_id,
            reason: Reason::Cancelled,
            organizer: order.organizer_id,
            currency: order.currency,
        })
}
