//! The commands of this service, one for each change of its data. Only a command writes.

mod delete_expired_emails;
mod mark_read;
mod queue_notification;
mod record_delivery_attempts;
mod requeue_notification;

#[cfg(test)]
mod testing;

pub use delete_expired_emails::DeleteExpiredEmails;
pub use mark_read::MarkRead;
pub use queue_notification::QueueNotification;
pub use record_delivery_attempts::{DeliverySummary, RecordDeliveryAttempts};
pub use requeue_notification::RequeueNotification;

use boxoffice_clock::Timestamp;

use crate::{
    domain::{Attempts, NotificationStatus, Transition},
    store::Notification,
};

/// The signal that a notification was queued.
pub(crate) const QUEUED: &str = "queued";

/// Applies a transition to the row of a notification: the only place that changes its status. `error` is why the last
/// attempt failed. A queued notification is due at `due_at`, `None` leaves that as it is.
fn apply(
    row: &mut Notification,
    transition: Transition,
    error: Option<&str>,
    due_at: Option<Timestamp>,
    now: Timestamp,
) {
    row.status = transition.to;
    row.error = error.map(ToOwned::to_owned);
    row.due_at = due_at.unwrap_or(row.due_at);
    row.attempts = match transition.attempts {
        Attempts::Count => row.attempts + 1,
        Attempts::Keep => row.attempts,
        Attempts::Reset => 0,
    };
    if transition.to == NotificationStatus::Sent {
        row.sent_at = Some(now);
    }
}
