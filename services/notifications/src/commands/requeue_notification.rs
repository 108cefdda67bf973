use std::convert::Infallible;

use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{QUEUED, apply};
use crate::{
    domain::{NotificationInput, NotificationQueued},
    store::Notification,
};

/// Queues a notification again after an operator replayed its dead letter. Repeating the command changes nothing.
pub struct RequeueNotification(pub NotificationQueued);

impl Command for RequeueNotification {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Notification>(self.0.notification_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        let Some(mut row) = work.get::<Notification>(self.0.notification_id).cloned() else { return Ok(()) };
        if let Some(transition) = row.status.apply(NotificationInput::Replayed) {
            apply(&mut row, transition, None, Some(context.now), context.now);
            work.signal(QUEUED, row.id.get());
            work.update(row);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{context, notification},
        domain::NotificationStatus,
    };

    fn decided(status: NotificationStatus) -> Notification {
        let row = Notification { status, attempts: 10, error: Some("no answer".into()), ..notification() };
        let queued = NotificationQueued { notification_id: row.id, booking_id: row.booking_id, kind: row.kind };
        let mut work = UnitOfWork::default().with_row(row.clone());
        let Ok(()) = RequeueNotification(queued).decide(&mut work, &context());
        work.get::<Notification>(row.id).unwrap().clone()
    }

    #[test]
    fn a_failed_notification_gets_all_its_attempts_back() {
        let row = decided(NotificationStatus::Failed);
        assert_eq!((row.status, row.attempts, row.error), (NotificationStatus::Queued, 0, None));
    }

    #[test]
    fn a_sent_notification_stays_sent() {
        let row = decided(NotificationStatus::Sent);
        assert_eq!((row.status, row.attempts), (NotificationStatus::Sent, 10));
    }
}
