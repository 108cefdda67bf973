//! What happens by itself: notifications that are due go out, and old letters leave the mailbox.

mod mailbox;

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use boxoffice_clock::Timestamp;
use boxoffice_contracts::UserId;
use boxoffice_database::Error;
use boxoffice_envelope::Origin;
use boxoffice_http::ClientError;
use boxoffice_writer::{Backoff, Failure, Writer};
use tokio::sync::Notify;

use crate::{
    commands::{RecordAttempts, Recorded},
    domain::{Attempt, Recipient},
    mail::Mail,
    neighbours::Users,
    store::{self, Notification},
};

pub use mailbox::forget_letters;

/// How many notifications go out in one transaction.
const BATCH: usize = 256;

/// How often it is looked for notifications that are due again, or whose hint was lost.
const PERIOD: Duration = Duration::from_millis(250);

/// The wait after a round that failed as a whole.
const PAUSE: Duration = Duration::from_secs(1);

/// Under which name notifications are sent.
const ACTOR: &str = "notifications";

/// Sends what is queued.
pub struct Sender {
    pub writer: Writer,
    pub users: Users,
    pub mail: Mail,
    /// When a letter that was refused is tried again.
    pub backoff: Backoff,
    /// Told when something was queued.
    pub queued: Arc<Notify>,
}

/// Why a round did not take place. No notification has lost an attempt by it.
#[derive(Debug, thiserror::Error)]
enum NotSent {
    #[error(transparent)]
    Database(#[from] Error),
    #[error(transparent)]
    Users(#[from] ClientError),
    #[error(transparent)]
    Writer(#[from] Failure<Infallible>),
}

impl Sender {
    /// Sends notifications as they become due, for ever.
    pub async fn run(self) {
        let clock = self.writer.clock();
        while !self.writer.is_closed() {
            // Waits count from the moment at which it was looked, so that nothing that came due since is missed.
            let now = clock.now();
            match self.round(now).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = clock.sleep_until(now.plus(PERIOD)) => {}
                    () = self.queued.notified() => {}
                },
                Err(error) => {
                    tracing::warn!(%error, "notifications could not be sent");
                    clock.sleep_until(now.plus(PAUSE)).await;
                }
            }
        }
    }

    /// Sends what is due by `now`, up to a batch. `false` when there was nothing.
    async fn round(&self, now: Timestamp) -> Result<bool, NotSent> {
        let due = store::due(self.writer.database(), now, BATCH).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let origin = Origin::of_task(ACTOR);
        let users: BTreeSet<_> = due.iter().map(|notification| notification.user_id).collect();
        let recipients = self.users.recipients(&users, &origin).await?;
        let mut attempts = Vec::with_capacity(due.len());
        for notification in &due {
            attempts.push((notification.id, self.attempt(notification, &recipients).await));
        }
        report(&self.writer.run(origin, RecordAttempts { attempts, backoff: self.backoff }).await?);
        Ok(true)
    }

    async fn attempt(&self, notification: &Notification, recipients: &HashMap<UserId, Recipient>) -> Attempt {
        match recipients.get(&notification.user_id) {
            Some(recipient) => self.mail.attempt(notification, recipient).await,
            None => Attempt::NoRecipient,
        }
    }
}

fn report(recorded: &Recorded) {
    let Recorded { sent, delayed, without_recipient, parked } = recorded;
    let count = |outcome: &'static str, by: u64| {
        metrics::counter!("boxoffice_notification_attempts_total", "outcome" => outcome).increment(by);
    };
    count("sent", *sent);
    count("deferred", *delayed);
    count("without_recipient", *without_recipient);
    for id in parked {
        count("dead_lettered", 1);
        metrics::counter!("boxoffice_dead_letters_total", "service" => ACTOR).increment(1);
        tracing::error!(%id, "a notification is parked: it could not be sent too often");
    }
}
