//! Every metric that the program exports.

use boxoffice_metrics::Metric;
use boxoffice_runtime::telemetry;

use crate::services::SERVICES;

/// The metrics of every crate with the name of their owner, in the order of the table in docs/operating.md.
pub fn metrics() -> Vec<(&'static str, &'static [Metric])> {
    let platform = [
        ("process", telemetry::METRICS),
        ("every service", boxoffice_http::metrics::METRICS),
        ("every service", boxoffice_writer::METRICS),
        ("gateway", boxoffice_gateway::METRICS),
    ];
    let services = SERVICES.iter().map(|service| (service.name, service.metrics));
    platform.into_iter().chain(services.filter(|(_, metrics)| !metrics.is_empty())).collect()
}
