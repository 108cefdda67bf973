//! The metrics of payments.

use boxoffice_metrics::{Label, Metric};

use crate::domain::State;

/// The states in which nothing more is charged.
const OUTCOMES: &[&str] = &[
    State::Captured.word(),
    State::Free.word(),
    State::Declined.word(),
    State::Expired.word(),
    State::Cancelled.word(),
    State::None.word(),
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
