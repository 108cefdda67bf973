//! Verbs: one for each thing that can be done. The only way in which this service's data changes.

mod forget_letters;
mod mark_read;
mod queue_notification;
mod record_attempts;
mod send_again;

pub use forget_letters::ForgetLetters;
pub use mark_read::MarkRead;
pub use queue_notification::QueueNotification;
pub use record_attempts::{RecordAttempts, Recorded};
pub use send_again::SendAgain;

/// The hint that a notification was queued.
pub(crate) const QUEUED: &str = "queued";
