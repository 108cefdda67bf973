use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use boxoffice_outbox::LogEntry;
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

/// How far a service has queued and consumed the log of one source.
///
/// Messages come on two ways: the writer of the source hands them over in memory right after its commit, and the
/// consumer reads them from the log when that hint was lost. Both ways pass through [`Subscription::offer`], which queues
/// them in order and without gaps.
pub(crate) struct Subscription {
    source: &'static str,
    log_id: Uuid,
    /// The position that counts as consumed while the service has no cursor.
    start: i64,
    /// The next position to queue.
    next: Mutex<i64>,
    consumed: AtomicI64,
    /// The last position known to be published.
    published: AtomicI64,
    /// A batch with messages of this source failed since [`Subscription::take_failure`].
    failed: AtomicBool,
    /// Wakes the consumer: messages are missing, or the queue had no room for them.
    wake: Notify,
}

/// What happened to messages that were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// All of them are queued, now or by an earlier offer.
    Queued,
    /// The queue has no room for them.
    NoRoom,
    /// Messages before them are missing.
    Gap,
}

impl Subscription {
    /// A subscription that has consumed everything up to `consumed` of a log that ends at `published`.
    pub(crate) fn new(source: &'static str, log_id: Uuid, consumed: i64, published: i64) -> Self {
        Self {
            source,
            log_id,
            start: consumed,
            next: Mutex::new(consumed + 1),
            consumed: AtomicI64::new(consumed),
            published: AtomicI64::new(published),
            failed: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    pub(crate) fn log_id(&self) -> Uuid {
        self.log_id
    }

    pub(crate) fn start(&self) -> i64 {
        self.start
    }

    /// The next position to queue.
    pub(crate) fn next(&self) -> i64 {
        *self.next.lock()
    }

    /// Number of published messages that are not consumed.
    pub(crate) fn lag(&self) -> i64 {
        (self.published.load(Ordering::Relaxed) - self.consumed.load(Ordering::Relaxed)).max(0)
    }

    /// Queues `messages` from the next position on with `queue`, which receives the number of messages to skip and
    /// returns whether it had room. After a gap nothing is queued, and the consumer reads the log.
    pub(crate) fn offer(&self, messages: &Arc<[LogEntry]>, queue: impl FnOnce(usize) -> bool) -> Offered {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Offered::Queued };
        self.published.fetch_max(last.position, Ordering::Relaxed);
        let mut next = self.next.lock();
        if last.position < *next {
            return Offered::Queued;
        }
        let gap = first.position > *next;
        let skip = usize::try_from(*next - first.position).unwrap_or(0);
        if !gap && queue(skip) {
            *next = last.position + 1;
            return Offered::Queued;
        }
        self.wake.notify_one();
        if gap { Offered::Gap } else { Offered::NoRoom }
    }

    /// Records that the message at `position` was consumed durably.
    pub(crate) fn consumed(&self, position: i64) {
        self.consumed.fetch_max(position, Ordering::AcqRel);
    }

    /// Records that a batch with a message of this source failed: queueing starts again after the last consumed one.
    pub(crate) fn failed(&self) {
        *self.next.lock() = self.consumed.load(Ordering::Acquire) + 1;
        self.failed.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// Whether a batch has failed since the last call.
    pub(crate) fn take_failure(&self) -> bool {
        self.failed.swap(false, Ordering::AcqRel)
    }

    /// Completes when messages are missing or had no room in the queue.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}
