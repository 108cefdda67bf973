//! The handlers of messages: which command runs for which event.

use std::sync::Arc;

use boxoffice_contracts::events::{Channel, OrderCancelled, OrderConfirmed, OrderFailed};
use boxoffice_writer::Reactions;

use crate::{
    commands::{QueueNotification, RequeueNotification},
    domain::NotificationQueued,
};

/// The handlers of the events that notifications consumes, and of its own dead letters when an operator replays them.
/// Customers are notified over `channels`.
pub fn reactions(channels: &[Channel]) -> Reactions {
    let channels: Arc<[Channel]> = channels.into();
    let queue = move |end| QueueNotification { end, channels: channels.clone() };
    let (on_confirmed, on_failed, on_cancelled) = (queue.clone(), queue.clone(), queue);
    Reactions::default()
        .on(move |order: OrderConfirmed| on_confirmed(order.into()))
        .on(move |order: OrderFailed| on_failed(order.into()))
        .on(move |order: OrderCancelled| on_cancelled(order.into()))
        .on_dead_letter(|queued: NotificationQueued| RequeueNotification(queued))
}
