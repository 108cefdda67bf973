//! The table of handlers: which command each consumed event runs.

use boxoffice_contracts::events::{
    NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentPending, PaymentProcessed,
    PaymentRefunded, UserSaved,
};
use boxoffice_writer::Reactions;

use crate::commands::{ApplyOrderOutcome, OpenBooking, RecordNotification, RecordPayment, SaveCustomer};

/// The handlers of all events that bookings consumes.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|user: UserSaved| SaveCustomer(user))
        .on(|order: OrderCreated| OpenBooking::from(order))
        .on(|order: OrderConfirmed| ApplyOrderOutcome::from(order))
        .on(|order: OrderFailed| ApplyOrderOutcome::from(order))
        .on(|order: OrderCancelled| ApplyOrderOutcome::from(order))
        .on(|payment: PaymentPending| RecordPayment::from(payment))
        .on(|payment: PaymentProcessed| RecordPayment::from(payment))
        .on(|payment: PaymentRefunded| RecordPayment::from(payment))
        .on(|notification: NotificationSent| RecordNotification(notification))
}
