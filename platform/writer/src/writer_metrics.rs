use std::{sync::Arc, time::Duration};

use metrics::{Gauge, Histogram, gauge, histogram};
use parking_lot::Mutex;

use crate::{queue::Queue, subscription::Subscription};

/// The metrics of one writer. Their handles are looked up once, because every batch records them.
pub(crate) struct WriterMetrics {
    service: &'static str,
    members: Histogram,
    seconds: Histogram,
    messages: Gauge,
    requests: Gauge,
    lags: Mutex<Vec<(Arc<Subscription>, Gauge)>>,
}

impl WriterMetrics {
    pub(crate) fn of(service: &'static str) -> Self {
        Self {
            service,
            members: histogram!("writer_batch_members", "service" => service),
            seconds: histogram!("writer_commit_seconds", "service" => service),
            messages: gauge!("writer_queue_depth", "service" => service, "kind" => "messages"),
            requests: gauge!("writer_queue_depth", "service" => service, "kind" => "requests"),
            lags: Mutex::default(),
        }
    }

    /// Adds the lag of `subscription` to the metrics.
    pub(crate) fn watch(&self, subscription: Arc<Subscription>) {
        let lag = gauge!("outbox_lag_messages", "service" => self.service, "source" => subscription.source());
        self.lags.lock().push((subscription, lag));
    }

    /// Records a batch of `members` that took `took`, and the present depth of `queue`.
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
