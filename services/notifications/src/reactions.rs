//! The handlers of messages: which command runs for which event.

use boxoffice_contracts::events::{Channel, OrderCancelled, OrderConfirmed, OrderFailed};
use boxoffice_writer::Reactions;

use crate::{
    commands::{QueueNotification, RequeueNotification},
    domain::{NotificationQueued, OrderEnd},
};

/// The channels over which customers are notified.
const CHANNELS: &[Channel] = &[Channel::Email];

/// The handlers of the events that notifications consumes, and of its own dead letters when an operator replays them.
pub fn reactions() -> Reactions {
    Reactions::default()
        .on(|order: OrderConfirmed| queue(order))
        .on(|order: OrderFailed| queue(order))
        .on(|order: OrderCancelled| queue(order))
        .on_dead_letter(|queued: NotificationQueued| RequeueNotification(queued))
}

fn queue(order: impl Into<OrderEnd>) -> QueueNotification {
    QueueNotification { end: order.into(), channels: CHANNELS.to_vec() }
}
