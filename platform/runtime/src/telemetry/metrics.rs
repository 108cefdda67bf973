use std::{sync::OnceLock, thread, time::Duration};

use axum::{Router, http::header, routing::get};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::process;

/// Buckets of durations, from half a millisecond to half a minute.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Buckets of sizes of bodies and messages.
const BYTES: &[f64] = &[256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0];
/// Buckets of counts, such as the size of a batch.
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0, 16_384.0, 65_536.0];
/// Interval at which samples move into their buckets. Until then each sample takes memory.
const UPKEEP: Duration = Duration::from_secs(5);
/// The media type of the Prometheus text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of this process. Cheap to clone.
///
/// It holds everything that the process counts through the crate `metrics` after [`Metrics::install`]; handles that were
/// looked up earlier count nothing. The end of a histogram's name decides its buckets: `_seconds`, `_bytes`, else counts.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder of this process and registers the metrics of the platform with 0: those of the process, of
    /// HTTP and of the writers. Every further call returns the same handle.
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
            tracing::error!("another metrics recorder is installed: /actuator/prometheus stays empty");
        }
        for metrics in [process::METRICS, boxoffice_http::metrics::METRICS, boxoffice_writer::METRICS] {
            boxoffice_metrics::register(metrics);
        }
        let upkeep_handle = handle.clone();
        thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || {
                loop {
                    thread::sleep(UPKEEP);
                    upkeep_handle.run_upkeep();
                }
            })
            .expect("the system can start one more thread");
        Self(handle)
    }

    /// The current values of all metrics in the Prometheus text format.
    pub fn render(&self) -> String {
        process::measure();
        self.0.run_upkeep();
        self.0.render()
    }

    /// The router with `GET /actuator/prometheus`.
    pub fn router(&self) -> Router {
        let metrics = self.clone();
        let page = move || async move { ([(header::CONTENT_TYPE, TEXT_FORMAT)], metrics.render()) };
        Router::new().route("/actuator/prometheus", get(page))
    }
}
