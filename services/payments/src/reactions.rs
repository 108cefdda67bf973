//! The handlers of messages: which command runs for which event.

use boxoffice_contracts::events::{InventoryReserved, OrderCancelled, OrderFailed};
use boxoffice_writer::Reactions;

use crate::commands::{EndOrder, RecordIntent};

/// The handlers of the events that payments consumes.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|order: InventoryReserved| RecordIntent(order))
        .on(|order: OrderFailed| EndOrder::failed(&order))
        .on(|order: OrderCancelled| EndOrder::cancelled(&order))
}
