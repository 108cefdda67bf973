use std::convert::Infallible;

use boxoffice_contracts::{NotificationId, events::NotificationSent};
use boxoffice_writer::{Backoff, Command, CommandContext, ReadSet, UnitOfWork};

use crate::{
    domain::{Attempt, NotificationQueued, Status},
    store::{Mailed, Notification},
};

/// What came of trying to send some notifications. Those that are not queued any more, because another task was faster,
/// are left as they are: of whatever is recorded twice, the first one counts.
pub struct RecordAttempts {
    /// Each notification at most once.
    pub attempts: Vec<(NotificationId, Attempt)>,
    /// When the next attempt is due, and after how many it is given up.
    pub backoff: Backoff,
}

/// How many notifications went which way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Went out.
    pub sent: u64,
    /// Are tried again later.
    pub delayed: u64,
    /// Have nobody to go to.
    pub without_recipient: u64,
    /// Were given up, and are parked as dead letters.
    pub parked: Vec<NotificationId>,
}

impl Command for RecordAttempts {
    type Answer = Recorded;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.dead_letters();
        for (id, _) in &self.attempts {
            reads.row::<Notification>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Recorded, Infallible> {
        let mut recorded = Recorded::default();
        for (id, attempt) in &self.attempts {
            let Some(notification) = work.get::<Notification>(*id).filter(|known| known.status == Status::Queued)
            else {
                continue;
            };
            let context = context.for_origin(notification.origin(&context.origin.actor));
            let row = work.edit::<Notification>(*id).expect("it was there a moment ago");
            match attempt {
                Attempt::Mailbox { to, body } => {
                    row.sent(context.now);
                    let row = row.clone();
                    keep(&row, (to, body), work, &context);
                    recorded.sent += 1;
                }
                Attempt::Refused(error) => {
                    let wait = self.backoff.next_delay(row.attempts + 1, context.fraction());
                    row.refused(error, wait.map(|wait| context.now.plus(wait)));
                    if row.status == Status::Failed {
                        let row = row.clone();
                        park(&row, error, work, &context);
                        recorded.parked.push(*id);
                    } else {
                        recorded.delayed += 1;
                    }
                }
                Attempt::NoRecipient => {
                    row.given_up("the user is unknown or deleted");
                    recorded.without_recipient += 1;
                }
            }
        }
        Ok(recorded)
    }
}

/// The letter and the announcement of it, in the transaction that marks it as sent.
fn keep(row: &Notification, (to, body): (&str, &str), work: &mut UnitOfWork, context: &CommandContext) {
    work.insert(Mailed {
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

fn park(row: &Notification, error: &str, work: &mut UnitOfWork, context: &CommandContext) {
    let queued = NotificationQueued { notification_id: row.id, booking_id: row.booking_id, kind: row.kind };
    work.dead_letter(&queued, error.to_owned(), context);
}
