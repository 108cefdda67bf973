use std::convert::Infallible;

use boxoffice_contracts::{NotificationId, events::NotificationSent};
use boxoffice_writer::{Backoff, Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        need.parking();
        for (id, _) in &self.attempts {
            need.row::<Notification>(*id);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Recorded, Infallible> {
        let mut recorded = Recorded::default();
        for (id, attempt) in &self.attempts {
            let Some(notification) = world.get::<Notification>(*id).filter(|known| known.status == Status::Queued)
            else {
                continue;
            };
            let moment = moment.for_origin(notification.origin(&moment.origin.actor));
            let row = world.edit::<Notification>(*id).expect("it was there a moment ago");
            match attempt {
                Attempt::Mailbox { to, body } => {
                    row.sent(moment.now);
                    let row = row.clone();
                    keep(&row, (to, body), world, &moment);
                    recorded.sent += 1;
                }
                Attempt::Refused(error) => {
                    let wait = self.backoff.wait(row.attempts + 1, moment.fraction());
                    row.refused(error, wait.map(|wait| moment.now.plus(wait)));
                    if row.status == Status::Failed {
                        let row = row.clone();
                        park(&row, error, world, &moment);
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
fn keep(row: &Notification, (to, body): (&str, &str), world: &mut World, moment: &Moment) {
    world.insert(Mailed {
        message_id: row.id,
        booking_id: row.booking_id,
        to_address: to.to_owned(),
        subject: row.subject.clone(),
        body: body.to_owned(),
        sent_at: moment.now,
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
    world.say(&sent, moment);
}

fn park(row: &Notification, error: &str, world: &mut World, moment: &Moment) {
    let queued = NotificationQueued { notification_id: row.id, booking_id: row.booking_id, kind: row.kind };
    world.park(&queued, error.to_owned(), moment);
}
