//! The table of handlers: which command each consumed event runs.

use boxoffice_contracts::{
    Reason,
    events::{
        BookingCancelled, BookingCreated, InventoryReleased, InventoryReserved, InventorySold, PaymentProcessed,
        PaymentRefunded,
    },
};
use boxoffice_writer::Reactions;

use crate::commands::{CloseOrder, ConfirmOrder, FailOrder, OpenOrder, RecordPayment, RecordRefund, RecordReservation};

/// The handlers of all events that orders consumes.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|booking: BookingCreated| OpenOrder(booking))
        .on(|booking: BookingCancelled| CloseOrder::from(booking))
        .on(|seats: InventoryReserved| RecordReservation {
            order: seats.order_id,
            refused: (!seats.success).then(|| seats.reason.unwrap_or(Reason::Unavailable)),
        })
        .on(|payment: PaymentProcessed| RecordPayment { order: payment.order_id, captured: payment.success })
        .on(|seats: InventorySold| ConfirmOrder { order: seats.order_id })
        .on(|seats: InventoryReleased| FailOrder { order: seats.order_id, reason: seats.reason })
        .on(|payment: PaymentRefunded| RecordRefund { order: payment.order_id, refund: payment.refund })
}
