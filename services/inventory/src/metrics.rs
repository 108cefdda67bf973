//! The metrics of inventory.

use boxoffice_metrics::Metric;

/// Counted where a hold expires.
pub const METRICS: &[Metric] = &[Metric::counter(
    "boxoffice_holds_expired_total",
    "Holds that expired before they were claimed; their seats are free again.",
    &[],
)];
