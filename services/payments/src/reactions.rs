//! The bus door: when X happened, do Y.

use boxoffice_contracts::events::{InventoryReserved, OrderCancelled, OrderFailed};
use boxoffice_writer::Reactions;

use crate::commands::{EndOrder, RecordIntent};

/// What payments does when it hears from others.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|order: InventoryReserved| RecordIntent(order))
        .on(|order: OrderFailed| EndOrder::failed(&order))
        .on(|order: OrderCancelled| EndOrder::cancelled(&order))
}
