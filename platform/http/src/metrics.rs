//! The metrics of HTTP requests: requests, their duration, and refusals.

use std::{collections::HashMap, time::Duration};

use axum::http::StatusCode;
use boxoffice_metrics::{Label, Metric};
use metrics::{Counter, Histogram};
use parking_lot::RwLock;

use crate::{Code, codes};

/// The metrics of HTTP requests, which the [`Middleware`](crate::Middleware) counts.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        "boxoffice_http_requests_total",
        "Requests answered, by matched route.",
        &[
            Label::at_start("service"),
            Label::at_runtime("method"),
            Label::at_runtime("path"),
            Label::at_runtime("status"),
        ],
    ),
    Metric::histogram(
        "boxoffice_http_request_duration_seconds",
        "Time from the arrival of a request to the first byte of its response.",
        &[Label::at_start("service"), Label::at_runtime("method"), Label::at_runtime("path")],
    ),
    Metric::counter(
        "boxoffice_http_refusals_total",
        "Requests answered with a problem, by its code.",
        &[Label::at_start("service"), Label::at_start("code")],
    ),
];

/// Registers the count of refusals of a service for each of `codes`, at 0. The middleware registers the shared
/// [`codes::ALL`]; the runtime adds the codes of the service.
pub fn register_refusals(service: &'static str, codes: &[&'static Code]) {
    for code in codes {
        metrics::counter!("boxoffice_http_refusals_total", "service" => service, "code" => code.code).increment(0);
    }
}

/// Counts the responses of one service. A lookup of a metric by its labels costs more than counting, so the handles are
/// cached.
pub(crate) struct RequestMetrics {
    service: &'static str,
    responses: RwLock<HashMap<Box<str>, Vec<ResponseMetrics>>>,
    refusals: RwLock<HashMap<&'static str, Counter>>,
}

struct ResponseMetrics {
    method: &'static str,
    status: StatusCode,
    count: Counter,
    seconds: Histogram,
}

impl RequestMetrics {
    pub(crate) fn new(service: &'static str) -> Self {
        register_refusals(service, codes::ALL);
        Self { service, responses: RwLock::default(), refusals: RwLock::default() }
    }

    pub(crate) fn record_response(&self, method: &'static str, path: &str, status: StatusCode, took: Duration) {
        let record = |responses: &ResponseMetrics| {
            responses.count.increment(1);
            responses.seconds.record(took.as_secs_f64());
        };
        let matches = |responses: &&ResponseMetrics| responses.method == method && responses.status == status;
        if let Some(responses) = self.responses.read().get(path).and_then(|all| all.iter().find(matches)) {
            return record(responses);
        }
        let responses = self.register(method, path, status);
        record(&responses);
        self.responses.write().entry(path.into()).or_default().push(responses);
    }

    fn register(&self, method: &'static str, path: &str, status: StatusCode) -> ResponseMetrics {
        let (service, path) = (self.service, path.to_owned());
        let count = metrics::counter!("boxoffice_http_requests_total", "service" => service, "method" => method,
            "path" => path.clone(), "status" => status.as_str().to_owned());
        let seconds = metrics::histogram!("boxoffice_http_request_duration_seconds", "service" => service,
            "method" => method, "path" => path);
        ResponseMetrics { method, status, count, seconds }
    }

    pub(crate) fn record_refusal(&self, code: &Code) {
        if let Some(count) = self.refusals.read().get(code.code) {
            return count.increment(1);
        }
        let count = metrics::counter!("boxoffice_http_refusals_total", "service" => self.service, "code" => code.code);
        count.increment(1);
        self.refusals.write().insert(code.code, count);
    }
}
