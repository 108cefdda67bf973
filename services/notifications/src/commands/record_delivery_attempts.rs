use std::convert::Infallible;

use boxoffice_contracts::{NotificationId, events::NotificationSent};
use boxoffice_writer::{Backoff, Command, CommandContext, ReadSet, UnitOfWork};

use super::apply;
use crate::{
    domain::{DeliveryAttempt, NotificationInput, NotificationQueued},
    store::{MailboxEmail, Notification},
};

/// Records the results of attempts to send notifications. A notification that is not queued any more, because another task
/// sent it first, does not change.
pub struct RecordDeliveryAttempts {
    /// The results, at most one for each notification.
    pub attempts: Vec<(NotificationId, DeliveryAttempt)>,
    /// When a refused notification is sent again, and after how many attempts it is dead-lettered.
    pub backoff: Backoff,
}

/// What became of the notifications of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliverySummary {
    /// The number of notifications that were sent.
    pub sent: u64,
    /// The number of notifications that are sent again after a delay.
    pub delayed: u64,
    /// The number of notifications whose user is unknown or deleted.
    pub without_recipient: u64,
    /// The notifications that were dead-lettered, with the number of attempts and the error of the last one.
    pub dead_lettered: Vec<(NotificationId, i64, String)>,
}

impl Command for RecordDeliveryAttempts {
    type Answer = DeliverySummary;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.dead_letters();
        for (id, _) in &self.attempts {
            reads.row::<Notification>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<DeliverySummary, Infallible> {
        let mut summary = DeliverySummary::default();
        for (id, attempt) in &self.attempts {
            if let Some(row) = work.get::<Notification>(*id).cloned() {
                let context = context.for_origin(row.origin(&context.origin.actor));
                self.record(row, attempt, &mut summary, work, &context);
            }
        }
        Ok(summary)
    }
}

impl RecordDeliveryAttempts {
    fn record(
        &self,
        mut row: Notification,
        attempt: &DeliveryAttempt,
        summary: &mut DeliverySummary,
        work: &mut UnitOfWork,
        context: &CommandContext,
    ) {
        let (input, error, delay) = match attempt {
            DeliveryAttempt::Mailbox { .. } => (NotificationInput::Sent, None, None),
            DeliveryAttempt::Refused(error) => {
                let delay = self.backoff.next_delay(row.attempts + 1, context.fraction());
                (NotificationInput::Refused { is_retried: delay.is_some() }, Some(error.as_str()), delay)
            }
            DeliveryAttempt::NoRecipient => {
                (NotificationInput::NoRecipient, Some("the user is unknown or deleted"), None)
            }
        };
        let Some(transition) = row.status.apply(input) else { return };
        apply(&mut row, transition, error, delay.map(|delay| context.now.plus(delay)), context.now);
        match attempt {
            DeliveryAttempt::Mailbox { to, body } => {
                store_email(&row, (to, body), work, context);
                summary.sent += 1;
            }
            DeliveryAttempt::Refused(error) if transition.dead_letter => {
                dead_letter(&row, error, work, context);
                summary.dead_lettered.push((row.id, row.attempts, error.clone()));
            }
            DeliveryAttempt::Refused(_) => summary.delayed += 1,
            DeliveryAttempt::NoRecipient => summary.without_recipient += 1,
        }
        work.update(row);
    }
}

/// Inserts the e-mail and publishes its event, in the transaction that marks the notification as sent.
fn store_email(row: &Notification, (to, body): (&str, &str), work: &mut UnitOfWork, context: &CommandContext) {
    work.insert(MailboxEmail {
        message_id: row.id,
        booking_id: row.booking_id,
        to_address: to.to_owned(),
        subject: row.subject.clone(),
        body: body.to_owned(),
        sent_at: context.now,
        kind: row.kind,
    });
    let sent = NotificationSent {
        notification_id: row.id,
        booking_id: row.booking_id,
        customer_id: row.user_id,
        kind: row.kind,
        channel: row.channel,
        organizer_id: row.organizer_id,
    };
    work.publish(&sent, context);
}

fn dead_letter(row: &Notification, error: &str, work: &mut UnitOfWork, context: &CommandContext) {
    let queued = NotificationQueued { notification_id: row.id, booking_id: row.booking_id, kind: row.kind };
    work.dead_letter(&queued, error.to_owned(), context);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{context, notification},
        domain::NotificationStatus,
    };

    fn decided(row: Notification, attempt: DeliveryAttempt) -> (DeliverySummary, Notification, UnitOfWork) {
        let id = row.id;
        let mut work = UnitOfWork::default().with_row(row);
        let command = RecordDeliveryAttempts { attempts: vec![(id, attempt)], backoff: Backoff::default() };
        let Ok(summary) = command.decide(&mut work, &context());
        let row = work.get::<Notification>(id).unwrap().clone();
        (summary, row, work)
    }

    fn mailbox() -> DeliveryAttempt {
        DeliveryAttempt::Mailbox { to: "ada@example.com".into(), body: "Hello".into() }
    }

    #[test]
    fn a_sent_notification_is_published_with_its_e_mail() {
        let (summary, row, work) = decided(notification(), mailbox());
        assert_eq!((summary.sent, row.status, row.sent_at), (1, NotificationStatus::Sent, Some(context().now)));
        assert_eq!(work.published().len(), 1);
    }

    #[test]
    fn a_refused_notification_is_due_again_after_a_delay() {
        let (summary, row, work) = decided(notification(), DeliveryAttempt::Refused("no answer".into()));
        assert_eq!((summary.delayed, row.status, row.attempts), (1, NotificationStatus::Queued, 1));
        assert!(row.due_at > context().now && work.published().is_empty());
        assert_eq!(row.error.as_deref(), Some("no answer"));
    }

    #[test]
    fn a_result_for_a_notification_that_was_sent_changes_nothing() {
        let sent = Notification { status: NotificationStatus::Sent, ..notification() };
        let (summary, row, work) = decided(sent.clone(), mailbox());
        assert_eq!((summary, row), (DeliverySummary::default(), sent));
        assert!(work.published().is_empty());
    }
}
