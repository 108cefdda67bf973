use std::{collections::HashMap, time::Duration};

use axum::http::StatusCode;
use metrics::{Counter, Histogram};
use parking_lot::RwLock;

use crate::Code;

/// Counts the answers of one service. Looking a metric up by its labels costs more than counting, so what has been found
/// once is kept.
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
        let count = metrics::counter!("http_requests_total", "service" => service, "method" => method,
            "path" => path.clone(), "status" => status.as_str().to_owned());
        let seconds =
            metrics::histogram!("http_request_seconds", "service" => service, "method" => method, "path" => path);
        ResponseMetrics { method, status, count, seconds }
    }

    pub(crate) fn record_refusal(&self, code: &Code) {
        if let Some(count) = self.refusals.read().get(code.code) {
            return count.increment(1);
        }
        let count = metrics::counter!("refusals_total", "service" => self.service, "code" => code.code);
        count.increment(1);
        self.refusals.write().insert(code.code, count);
    }
}
