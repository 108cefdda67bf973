use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use boxoffice_database::Error;
use boxoffice_outbox::{Cursor, Log, LogEntry, LogHead};
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::Writer;

/// How far a service has got with one source: what is queued and what is kept.
///
/// Messages come two ways: handed over in memory right after the source's commit, and read from its log by the
/// follower whenever that hint was lost. Both pass through here, so that they queue in order and without gaps.
pub(crate) struct Subscription {
    source: &'static str,
    log_id: Uuid,
    /// What counts as heard while there is no cursor.
    start: i64,
    /// The next position that may be queued.
    next: Mutex<i64>,
    handled: AtomicI64,
    /// The last position known to be said.
    known: AtomicI64,
    /// A batch with its messages was not kept since this was last asked.
    failed: AtomicBool,
    /// Something was missed, or could not be queued.
    wake: Notify,
}

/// What became of messages that were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// They are queued, or were before.
    Queued,
    /// There is no room for them.
    NoRoom,
    /// Earlier ones are missing.
    Gap,
}

impl Subscription {
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    pub(crate) fn log_id(&self) -> Uuid {
        self.log_id
    }

    pub(crate) fn start(&self) -> i64 {
        self.start
    }

    pub(crate) fn handled(&self, position: i64) {
        self.handled.fetch_max(position, Ordering::AcqRel);
    }

    /// How many messages are known to be said and not heard.
    pub(crate) fn lag(&self) -> i64 {
        (self.known.load(Ordering::Relaxed) - self.handled.load(Ordering::Relaxed)).max(0)
    }

    /// The batch with a message of this source was not kept: start again behind what was.
    pub(crate) fn failed(&self) {
        *self.next.lock() = self.handled.load(Ordering::Acquire) + 1;
        self.failed.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// Queues `messages` from the next position on by `queue`, which says whether there was room. Those that were
    /// queued before are left out; with a gap before them nothing is queued and the follower is woken.
    pub(crate) fn offer(&self, messages: &Arc<[LogEntry]>, queue: impl FnOnce(usize) -> bool) -> Offered {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Offered::Queued };
        self.known.fetch_max(last.position, Ordering::Relaxed);
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
}

/// Follows the log of another service for ever: first what was missed while this one was down, then whatever was not
/// handed over in memory. Returns the future that does so.
///
/// # Errors
/// When the log cannot be read, or is not the one that was followed before, or is shorter than what was heard of it
/// (positions of one log mean nothing in another), or has forgotten what was not heard. Who follows it for the first
/// time begins with what it has not forgotten.
pub async fn consume(
    writer: &Writer,
    log: Log,
    publisher: &Writer,
) -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let source = log.source();
    let cursor = writer.database().get::<Cursor>(source.to_owned()).await?;
    let LogHead { log_id, last_position, .. } = log.head().await?;
    // What is kept of the log begins after this position.
    let handled = cursor.as_ref().map_or(0, |cursor| cursor.position);
    let forgotten = log.after(handled, 1).await?.first().map_or(last_position, |oldest| oldest.position - 1);
    if let Some(Cursor { log_id: heard_id, .. }) = &cursor {
        let detail = if *heard_id != log_id {
            format!("{source} was followed in log {heard_id}, but its log is {log_id}")
        } else if handled > last_position {
            format!("{source} was heard up to {handled}, but its log ends at {last_position}: it is an older copy")
        } else if handled < forgotten {
            format!("{source} was heard up to {handled}, but its log has forgotten everything up to {forgotten}")
        } else {
            String::new()
        };
        if !detail.is_empty() {
            return Err(Error::Corrupt { table: "cursors", detail });
        }
    }
    let handled = handled.max(forgotten);
    let subscription = Arc::new(Subscription {
        source,
        log_id,
        start: handled,
        next: Mutex::new(handled + 1),
        handled: AtomicI64::new(handled),
        known: AtomicI64::new(last_position),
        failed: AtomicBool::new(false),
        wake: Notify::new(),
    });
    let (listener, hinted) = (writer.clone(), subscription.clone());
    writer.subscribe(subscription.clone());
    publisher.on_commit(Box::new(move |messages| {
        listener.deliver(&hinted, messages);
    }));
    Ok(catch_up(writer.clone(), log, subscription))
}

const CHUNK: i64 = 512;

/// What could not be read or kept is tried again after so long.
const RETRY_DELAY: Duration = Duration::from_millis(100);

async fn catch_up(writer: Writer, log: Log, subscription: Arc<Subscription>) {
    tokio::select! {
        () = async { loop { step(&writer, &log, &subscription).await } } => {}
        () = writer.ended() => {}
    }
}

/// Queues one chunk, or waits for a reason to look again.
async fn step(writer: &Writer, log: &Log, subscription: &Arc<Subscription>) {
    if subscription.failed.swap(false, Ordering::AcqRel) {
        // Whatever keeps the database from keeping anything is not helped by asking without pause.
        writer.clock().sleep(RETRY_DELAY).await;
    }
    let drained = writer.drained();
    let next = *subscription.next.lock();
    match log.after(next - 1, CHUNK).await {
        Ok(messages) if messages.is_empty() => subscription.wake.notified().await,
        Ok(messages) if messages[0].position > next => {
            let (service, source, committed) = (writer.service(), log.source(), messages[0].position);
            tracing::error!(
                service,
                source,
                next,
                committed,
                "a log has forgotten what was not heard: nothing is heard"
            );
            writer.clock().sleep(RETRY_DELAY * 100).await;
        }
        Ok(messages) => {
            if writer.deliver(subscription, &messages.into()) == Offered::NoRoom {
                drained.await;
            }
        }
        Err(error) => {
            tracing::warn!(service = writer.service(), source = log.source(), %error, "a log cannot be read");
            writer.clock().sleep(RETRY_DELAY).await;
        }
    }
}
