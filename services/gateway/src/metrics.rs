//! The metrics of the gateway.

use boxoffice_metrics::{Label, Metric};

const UPSTREAM: Label = Label::at_start("upstream");

/// The metrics of the gateway, one series for each service behind it.
pub const METRICS: &[Metric] = &[
    Metric::gauge(
        "boxoffice_gateway_breaker_state",
        "State of the circuit breaker: 0 closed, 1 open, 2 half-open.",
        &[UPSTREAM],
    ),
    Metric::counter(
        "boxoffice_gateway_breaker_transitions_total",
        "Changes of the circuit breaker to the state `to`.",
        &[UPSTREAM, Label::closed("to", &["closed", "open", "half_open"])],
    ),
    Metric::counter(
        "boxoffice_gateway_breaker_rejected_total",
        "Requests that an open circuit breaker refused.",
        &[UPSTREAM],
    ),
    Metric::counter(
        "boxoffice_gateway_retries_total",
        "Requests that the gateway sent to a service again.",
        &[UPSTREAM],
    ),
];
