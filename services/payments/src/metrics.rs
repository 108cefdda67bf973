//! The metrics of payments.

use boxoffice_metrics::{Label, Metric};

use crate::domain::PaymentStatus;

/// The states in which nothing more is charged.
const OUTCOMES: &[&str] = &[
    PaymentStatus::Captured.as_str(),
    PaymentStatus::Free.as_str(),
    PaymentStatus::Declined.as_str(),
    PaymentStatus::Expired.as_str(),
    PaymentStatus::Cancelled.as_str(),
    PaymentStatus::NotRequested.as_str(),
];

/// Counted where the outcome of a payment or a refund is published, and where the provider is called.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        "boxoffice_payments_total",
        "Payments that reached their outcome.",
        &[Label::closed("outcome", OUTCOMES)],
    ),
    Metric::counter(
        "boxoffice_refunds_total",
        "Refunds that the provider made (`done`) or refused (`failed`).",
        &[Label::closed("outcome", &["done", "failed"])],
    ),
    Metric::counter(
        "boxoffice_payment_calls_unanswered_total",
        "Calls that the payment provider did not answer; each is repeated.",
        &[],
    ),
];
