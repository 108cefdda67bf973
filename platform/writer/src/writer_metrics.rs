use std::{sync::Arc, time::Duration};

use metrics::{Gauge, Histogram, gauge, histogram};
use parking_lot::Mutex;

use crate::{consumer::Subscription, queue::Queue};

/// What a writer tells of itself, looked up once: batches are many.
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

    /// From here on it is told how far this writer is behind `ear`'s source.
    pub(crate) fn watch(&self, subscription: Arc<Subscription>) {
        let lag = gauge!("outbox_lag_messages", "service" => self.service, "source" => subscription.source());
        self.lags.lock().push((subscription, lag));
    }

    /// A batch of so many members took so long, and this is what waits now.
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
