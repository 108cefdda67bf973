//! The bus door: when X happened, do Y.

use boxoffice_contracts::{
    Reason,
    events::{OrderCancelled, OrderCreated, OrderFailed, PaymentProcessed},
};
use boxoffice_writer::Reactions;

use crate::commands::{ClaimHold, FreePlaces, SettlePayment};

/// What inventory does when it hears from others.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|order: OrderCreated| ClaimHold(order))
        .on(|payment: PaymentProcessed| SettlePayment(payment))
        .on(|order: OrderFailed| FreePlaces {
            order: order.order_id,
            reason: order.reason,
            organizer: order.organizer_id,
            currency: order.currency,
        })
        .on(|order: OrderCancelled| FreePlaces {
            order: order.order_id,
            reason: Reason::Cancelled,
            organizer: order.organizer_id,
            currency: order.currency,
        })
}
