use std::{sync::OnceLock, thread, time::Duration};

use axum::{Router, http::header, routing::get};
use metrics::{describe_counter, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::process;

/// From half a millisecond to half a minute.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Of bodies and messages.
const BYTES: &[f64] = &[256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0];
/// Of batches, queues and whatever else is counted.
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0, 16_384.0, 65_536.0];
/// How often samples are put into their buckets. Until then each one takes memory, whether anybody asks or not.
const UPKEEP: Duration = Duration::from_secs(5);
/// The media type of the Prometheus text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of this process. Cheap to clone.
///
/// Whatever is counted through the crate `metrics` is in it, but for what was looked up before [`Metrics::install`].
/// Histograms have buckets by the end of their name: `_seconds`, `_bytes`, and counts for all others.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Makes this process count. Once for each process; every further call returns the same.
    pub fn install() -> Self {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        INSTALLED.get_or_init(Self::set_up).clone()
    }

    fn set_up() -> Self {
        let ends = |end: &str| Matcher::Suffix(end.to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets(COUNTS)
            .and_then(|builder| builder.set_buckets_for_metric(ends("_seconds"), SECONDS))
            .and_then(|builder| builder.set_buckets_for_metric(ends("_bytes"), BYTES))
            .expect("the lists of buckets are not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::error!("another recorder of metrics is installed: /actuator/prometheus stays empty");
        }
        describe_counter!("http_requests_total", "Requests answered, by service, method, matched route and status.");
        describe_histogram!(
            "http_request_seconds",
            "Time until the answer began, by service, method and matched route."
        );
        describe_counter!("refusals_total", "Requests refused, by service and code of the problem.");
        process::describe();
        let upkeep_handle = handle.clone();
        thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || {
                loop {
                    thread::sleep(UPKEEP);
                    upkeep_handle.run_upkeep();
                }
            })
            .expect("the machine has room for one more thread");
        Self(handle)
    }

    /// All of them as they are at this moment, in the Prometheus text format.
    pub fn render(&self) -> String {
        process::measure();
        self.0.run_upkeep();
        self.0.render()
    }

    /// `GET /actuator/prometheus`.
    pub fn router(&self) -> Router {
        let metrics = self.clone();
        let page = move || async move { ([(header::CONTENT_TYPE, TEXT_FORMAT)], metrics.render()) };
        Router::new().route("/actuator/prometheus", get(page))
    }
}
