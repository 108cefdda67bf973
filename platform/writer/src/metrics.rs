use std::{sync::Arc, time::Duration};

use boxoffice_metrics::{Label, Metric};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use parking_lot::Mutex;

use crate::{queue::Queue, subscription::Subscription};

const SERVICE: Label = Label::at_start("service");

/// The metrics of writers, one series for each service.
pub const METRICS: &[Metric] = &[
    Metric::histogram(
        "boxoffice_writer_batch_size",
        "Requests and messages that the writer committed in one transaction.",
        &[SERVICE],
    ),
    Metric::histogram(
        "boxoffice_writer_commit_duration_seconds",
        "Time to decide and commit one batch, with the write to the disk.",
        &[SERVICE],
    ),
    Metric::gauge(
        "boxoffice_writer_queue_depth",
        "Commands that wait for the writer after its latest batch.",
        &[SERVICE, Label::closed("kind", &["messages", "requests"])],
    ),
    Metric::counter(
        "boxoffice_writer_rejected_total",
        "Requests refused with `busy` because the queue of the writer was full.",
        &[SERVICE],
    ),
    Metric::gauge(
        "boxoffice_consumer_lag_messages",
        "Messages in the log of the service `source` that the service has not consumed yet.",
        &[SERVICE, Label::at_start("source")],
    ),
    Metric::counter(
        "boxoffice_dead_letters_total",
        "Messages and notifications that failed too often and need an operator.",
        &[SERVICE],
    ),
];

/// The handles of one writer's metrics. A lookup by labels for each batch would cost too much.
pub(crate) struct WriterMetrics {
    service: &'static str,
    /// Requests that the full queue refused.
    pub(crate) rejected: Counter,
    members: Histogram,
    seconds: Histogram,
    messages: Gauge,
    requests: Gauge,
    lags: Mutex<Vec<(Arc<Subscription>, Gauge)>>,
}

impl WriterMetrics {
    pub(crate) fn of(service: &'static str) -> Self {
        counter!("boxoffice_dead_letters_total", "service" => service).increment(0);
        Self {
            service,
            rejected: counter!("boxoffice_writer_rejected_total", "service" => service),
            members: histogram!("boxoffice_writer_batch_size", "service" => service),
            seconds: histogram!("boxoffice_writer_commit_duration_seconds", "service" => service),
            messages: gauge!("boxoffice_writer_queue_depth", "service" => service, "kind" => "messages"),
            requests: gauge!("boxoffice_writer_queue_depth", "service" => service, "kind" => "requests"),
            lags: Mutex::default(),
        }
    }

    /// Reports the lag of `subscription` after each batch.
    pub(crate) fn watch(&self, subscription: Arc<Subscription>) {
        let lag =
            gauge!("boxoffice_consumer_lag_messages", "service" => self.service, "source" => subscription.source());
        self.lags.lock().push((subscription, lag));
    }

    /// Records a committed batch of `members` commands, and what is left in the queue.
    #[expect(clippy::cast_precision_loss, reason = "counts in memory are far below 2^52")]
    pub(crate) fn on_commit(&self, members: usize, took: Duration, queue: &Queue) {
        self.members.record(members as f64);
        self.seconds.record(took);
        let (messages, requests) = queue.depth();
        self.messages.set(messages as f64);
        self.requests.set(requests as f64);
        for (subscription, lag) in self.lags.lock().iter() {
            lag.set(subscription.lag() as f64);
        }
    }
}
