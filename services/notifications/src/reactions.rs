//! The bus door: when X happened, do Y.

use boxoffice_contracts::events::{OrderCancelled, OrderConfirmed, OrderFailed};
use boxoffice_writer::Reactions;

use crate::{
    commands::{QueueNotification, SendAgain},
    domain::NotificationQueued,
};

/// What notifications does when it hears from others, and when an operator replays a letter that was given up.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|order: OrderConfirmed| QueueNotification(order.into()))
        .on(|order: OrderFailed| QueueNotification(order.into()))
        .on(|order: OrderCancelled| QueueNotification(order.into()))
        .on_dead_letter(|letter: NotificationQueued| SendAgain(letter))
}
