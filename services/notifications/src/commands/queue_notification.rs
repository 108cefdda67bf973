use std::convert::Infallible;

use boxoffice_contracts::{NotificationId, events::Channel};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::QUEUED;
use crate::{
    domain::{Ending, Status},
    store::{Notification, NotificationEvent},
    templates::{self, Text},
};

/// An order has ended: its customer is to be told. Whatever is repeated, there is one notification for each kind and
/// channel of a booking.
pub struct QueueNotification(pub Ending);

/// How customers are written to.
const CHANNEL: Channel = Channel::Email;

impl Command for QueueNotification {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.find::<Notification>(&["booking_id"], &self.0.booking);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        let ending = &self.0;
        let kind = ending.outcome.kind();
        let known = work.find::<Notification>(&["booking_id"], &ending.booking);
        if known.iter().any(|known| (known.kind, known.channel) == (kind, CHANNEL)) {
            return Ok(());
        }
        let id = NotificationId::from(context.id());
        let mut events: Vec<_> = ending.items.iter().map(|item| item.event).collect();
        events.sort_unstable();
        events.dedup();
        for event_id in events {
            work.insert(NotificationEvent { event_id, notification_id: id });
        }
        let Text { subject, message } = templates::of(ending);
        work.insert(Notification {
            id,
            booking_id: ending.booking,
            kind,
            channel: CHANNEL,
            user_id: ending.customer,
            organizer_id: ending.organizer,
            subject,
            message,
            status: Status::Queued,
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
        Ok(())
    }
}
