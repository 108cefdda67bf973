//! The bus door: when X happened, do Y.

use boxoffice_contracts::{
    Reason,
    events::{
        BookingCancelled, BookingCreated, InventoryReleased, InventoryReserved, InventorySold, PaymentProcessed,
        PaymentRefunded,
    },
};
use boxoffice_writer::Reactions;

use crate::commands::{ConfirmOrder, EndOrder, FailOrder, NotePayment, NoteRefund, NoteReservation, OpenOrder};

/// What orders does when it hears from others.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|booking: BookingCreated| OpenOrder(booking))
        .on(|booking: BookingCancelled| EndOrder::of(&booking))
        .on(|seats: InventoryReserved| NoteReservation {
            order: seats.order_id,
            refused: (!seats.success).then(|| seats.reason.unwrap_or(Reason::Unavailable)),
        })
        .on(|payment: PaymentProcessed| NotePayment { order: payment.order_id, captured: payment.success })
        .on(|seats: InventorySold| ConfirmOrder { order: seats.order_id })
        .on(|seats: InventoryReleased| FailOrder { order: seats.order_id, reason: seats.reason })
        .on(|payment: PaymentRefunded| NoteRefund { order: payment.order_id, refund: payment.refund })
}
