use std::{collections::HashMap, time::Duration};

use axum::http::StatusCode;
use metrics::{Counter, Histogram};
use parking_lot::RwLock;

use crate::Code;

/// Counts the answers of one service. Looking a metric up by its labels costs more than counting, so what has been found
/// once is kept.
pub(crate) struct Tally {
    service: &'static str,
    answers: RwLock<HashMap<Box<str>, Vec<Answers>>>,
    refusals: RwLock<HashMap<&'static str, Counter>>,
}

struct Answers {
    method: &'static str,
    status: StatusCode,
    count: Counter,
    seconds: Histogram,
}

impl Tally {
    pub(crate) fn new(service: &'static str) -> Self {
        Self { service, answers: RwLock::default(), refusals: RwLock::default() }
    }

    pub(crate) fn answered(&self, method: &'static str, path: &str, status: StatusCode, took: Duration) {
        let record = |answers: &Answers| {
            answers.count.increment(1);
            answers.seconds.record(took.as_secs_f64());
        };
        let is_it = |answers: &&Answers| answers.method == method && answers.status == status;
        if let Some(answers) = self.answers.read().get(path).and_then(|all| all.iter().find(is_it)) {
            return record(answers);
        }
        let answers = self.meet(method, path, status);
        record(&answers);
        self.answers.write().entry(path.into()).or_default().push(answers);
    }

    fn meet(&self, method: &'static str, path: &str, status: StatusCode) -> Answers {
        let (service, path) = (self.service, path.to_owned());
        let count = metrics::counter!("http_requests_total", "service" => service, "method" => method,
            "path" => path.clone(), "status" => status.as_str().to_owned());
        let seconds =
            metrics::histogram!("http_request_seconds", "service" => service, "method" => method, "path" => path);
        Answers { method, status, count, seconds }
    }

    pub(crate) fn refused(&self, code: &Code) {
        if let Some(count) = self.refusals.read().get(code.code) {
            return count.increment(1);
        }
        let count = metrics::counter!("refusals_total", "service" => self.service, "code" => code.code);
        count.increment(1);
        self.refusals.write().insert(code.code, count);
    }
}
