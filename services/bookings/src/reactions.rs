//! The bus door: when X happened, do Y.

use boxoffice_contracts::events::{
    NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentPending, PaymentProcessed,
    PaymentRefunded, UserSaved,
};
use boxoffice_writer::Reactions;

use crate::{
    commands::{FollowOrder, NoteNotification, NotePayment, OpenBooking, SaveCustomer},
    domain::Turn,
};

/// What bookings does when it hears from others.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|user: UserSaved| SaveCustomer(user))
        .on(|order: OrderCreated| OpenBooking::from(order))
        .on(|order: OrderConfirmed| FollowOrder { turn: Turn::Confirmed, order: order.into() })
        .on(|order: OrderFailed| FollowOrder { turn: Turn::Failed(order.reason), order: order.into() })
        .on(|order: OrderCancelled| FollowOrder { turn: Turn::Cancelled, order: order.into() })
        .on(|payment: PaymentPending| NotePayment::from(payment))
        .on(|payment: PaymentProcessed| NotePayment::from(payment))
        .on(|payment: PaymentRefunded| NotePayment::from(payment))
        .on(|notification: NotificationSent| NoteNotification(notification))
}
