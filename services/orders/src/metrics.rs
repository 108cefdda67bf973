//! The metrics of orders.

use boxoffice_metrics::{Label, Metric};

/// Counted where an order ends.
pub const METRICS: &[Metric] = &[Metric::counter(
    "boxoffice_orders_ended_total",
    "Orders that were confirmed, that failed, or that were cancelled.",
    &[Label::closed("outcome", &["confirmed", "failed", "cancelled"])],
)];
