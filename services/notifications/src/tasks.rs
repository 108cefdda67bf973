//! The background tasks: sending due notifications, and deleting expired e-mails from the mailbox.

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
    channels::Channels,
    clients::RecipientsClient,
    commands::{DeliverySummary, RecordDeliveryAttempts},
    domain::{DeliveryAttempt, Recipient},
    store::{self, Notification},
};

pub use mailbox::run_mailbox_retention;

/// Maximum number of notifications that one transaction records.
const BATCH_SIZE: usize = 256;

/// Interval between scans for due notifications. A signal starts a scan earlier.
const SCAN_INTERVAL: Duration = Duration::from_millis(250);

/// Delay after a batch that failed as a whole.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The actor of the commands that record attempts.
const ACTOR: &str = "notifications";

/// The task that sends queued notifications.
pub struct Sender {
    pub writer: Writer,
    pub recipients: RecipientsClient,
    pub channels: Channels,
    /// When a refused notification is sent again.
    pub backoff: Backoff,
    /// Notified when a notification was queued.
    pub queued: Arc<Notify>,
}

/// Why a batch was not sent. Its notifications keep all their attempts.
#[derive(Debug, thiserror::Error)]
enum BatchError {
    #[error(transparent)]
    Database(#[from] Error),
    #[error(transparent)]
    Users(#[from] ClientError),
    #[error(transparent)]
    Writer(#[from] Failure<Infallible>),
}

impl Sender {
    /// Sends notifications as they become due, until shutdown.
    pub async fn run(self) {
        let clock = self.writer.clock();
        while !self.writer.is_closed() {
            // The interval counts from the start of the scan, so that a notification that becomes due meanwhile is not late.
            let now = clock.now();
            match self.send_batch(now).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    () = clock.sleep_until(now.plus(SCAN_INTERVAL)) => {}
                    () = self.queued.notified() => {}
                },
                Err(error) => {
                    tracing::warn!(%error, "due notifications were not sent; they are sent again after a delay");
                    clock.sleep_until(now.plus(RETRY_DELAY)).await;
                }
            }
        }
    }

    /// Sends the notifications that are due at `now`, at most a batch. `false` when none was due.
    async fn send_batch(&self, now: Timestamp) -> Result<bool, BatchError> {
        let due = store::due(self.writer.database(), now, BATCH_SIZE).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let origin = Origin::of_task(ACTOR);
        let users: BTreeSet<_> = due.iter().map(|notification| notification.user_id).collect();
        let recipients = self.recipients.recipients(&users, &origin).await?;
        let mut attempts = Vec::with_capacity(due.len());
        for notification in &due {
            attempts.push((notification.id, self.send(notification, &recipients).await));
        }
        let command = RecordDeliveryAttempts { attempts, backoff: self.backoff };
        report(&self.writer.run(origin, command).await?);
        Ok(true)
    }

    async fn send(&self, notification: &Notification, recipients: &HashMap<UserId, Recipient>) -> DeliveryAttempt {
        match recipients.get(&notification.user_id) {
            Some(recipient) => self.channels.send(notification, recipient).await,
            None => DeliveryAttempt::NoRecipient,
        }
    }
}

fn report(summary: &DeliverySummary) {
    let DeliverySummary { sent, delayed, without_recipient, dead_lettered } = summary;
    let count = |outcome: &'static str, by: u64| {
        metrics::counter!("boxoffice_notification_attempts_total", "outcome" => outcome).increment(by);
    };
    count("sent", *sent);
    count("deferred", *delayed);
    count("without_recipient", *without_recipient);
    for (id, attempts, error) in dead_lettered {
        count("dead_lettered", 1);
        metrics::counter!("boxoffice_dead_letters_total", "service" => ACTOR).increment(1);
        tracing::error!(
            %id, error,
            "notification {id} dead-lettered after {attempts} attempts: {error}; replay it with `boxoffice dead-letters`"
        );
    }
}
