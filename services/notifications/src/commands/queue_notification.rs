use std::convert::Infallible;

use boxoffice_contracts::{NotificationId, events::Channel};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::QUEUED;
use crate::{
    domain::{NotificationStatus, OrderEnd},
    store::{Notification, NotificationEvent},
    templates::{self, Text},
};

/// Queues the notification of a customer about the end of an order, over each of the channels. Repeating the command
/// changes nothing: a booking has at most one notification of each kind over each channel.
pub struct QueueNotification {
    /// The end of the order.
    pub end: OrderEnd,
    /// The channels of the setting `notifications.channels`.
    pub channels: Vec<Channel>,
}

impl Command for QueueNotification {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.find::<Notification>(&["booking_id"], &self.end.order.order_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        let kind = self.end.outcome.kind();
        for channel in &self.channels {
            let known = work.find::<Notification>(&["booking_id"], &self.end.order.order_id);
            if !known.iter().any(|known| (known.kind, known.channel) == (kind, *channel)) {
                self.queue(*channel, work, context);
            }
        }
        Ok(())
    }
}

impl QueueNotification {
    fn queue(&self, channel: Channel, work: &mut UnitOfWork, context: &CommandContext) {
        let (id, order) = (NotificationId::from(context.id()), &self.end.order);
        let mut events: Vec<_> = order.items.iter().map(|item| item.event).collect();
        events.sort_unstable();
        events.dedup();
        for event_id in events {
            work.insert(NotificationEvent { event_id, notification_id: id });
        }
        let Text { subject, message } = templates::render(&self.end);
        work.insert(Notification {
            id,
            booking_id: order.order_id,
            kind: self.end.outcome.kind(),
            channel,
            user_id: order.customer_id,
            organizer_id: order.organizer_id,
            subject,
            message,
            status: NotificationStatus::Queued,
            error: None,
            is_read: false,
            attempts: 0,
            due_at: context.now,
            created_at: context.now,
            sent_at: None,
            causation_id: context.origin.causation_id,
            correlation_id: context.origin.correlation_id.clone(),
            traceparent: context.origin.traceparent.clone(),
            version: 1,
        });
        work.signal(QUEUED, id.get());
    }
}
