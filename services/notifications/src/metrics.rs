//! The metrics of notifications.

use boxoffice_metrics::{Label, Metric};

/// Counted where attempts to send are recorded.
pub const METRICS: &[Metric] = &[Metric::counter(
    "boxoffice_notification_attempts_total",
    "Attempts to send a notification: sent, deferred to another attempt, given up without a recipient, dead-lettered.",
    &[Label::closed("outcome", &["sent", "deferred", "without_recipient", "dead_lettered"])],
)];
