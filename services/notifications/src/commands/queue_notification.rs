use std::{convert::Infallible, sync::Arc};

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
    pub channels: Arc<[Channel]>,
}

impl Command for QueueNotification {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.find::<Notification>(&["booking_id"], &self.end.order.order_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        let kind = self.end.outcome.kind();
        let known = work.find::<Notification>(&["booking_id"], &self.end.order.order_id);
        let known: Vec<_> = known.iter().filter(|known| known.kind == kind).map(|known| known.channel).collect();
        for channel in self.channels.iter().filter(|channel| !known.contains(channel)) {
            self.queue(*channel, work, context);
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

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{
        BookingId, Currency, Decimal, EventId, Item, OrganizerId, Quantity, TicketTypeId, UserId,
        events::OrderConfirmed,
    };
    use uuid::Uuid;

    use super::*;
    use crate::commands::testing::{context, notification};

    fn item(event: i64) -> Item {
        Item {
            product_id: TicketTypeId::from(1),
            event: EventId::from(event),
            name: "Stalls".into(),
            quantity: Quantity::new(1).unwrap(),
            unit_price: Decimal::new(2550, 2),
        }
    }

    fn command(channels: &[Channel]) -> QueueNotification {
        let order = OrderConfirmed {
            order_id: booking(),
            customer_id: UserId::from(3),
            items: vec![item(1), item(1), item(2)],
            total_amount: Decimal::new(7650, 2),
            currency: Currency::EUR,
            organizer_id: OrganizerId::from(4),
        };
        QueueNotification { end: order.into(), channels: channels.into() }
    }

    fn booking() -> BookingId {
        BookingId::from(Uuid::from_u128(2))
    }

    /// The number of notifications that the command queues for a booking that has the notifications `known`.
    fn queued(channels: &[Channel], known: impl IntoIterator<Item = Notification>) -> usize {
        let mut work = UnitOfWork::default().with_rows(&["booking_id"], &booking(), known);
        let Ok(()) = command(channels).decide(&mut work, &context());
        work.signals().len()
    }

    #[test]
    fn a_notification_is_queued_for_each_channel() {
        for channels in [&[][..], &[Channel::Email], &[Channel::Email, Channel::Sms]] {
            assert_eq!(queued(channels, []), channels.len(), "{channels:?}");
        }
    }

    #[test]
    fn a_known_notification_is_not_queued_again() {
        assert_eq!(queued(&[Channel::Email], [notification()]), 0);
        assert_eq!(queued(&[Channel::Email, Channel::Sms], [notification()]), 1);
    }
}
