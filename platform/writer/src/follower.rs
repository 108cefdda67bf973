use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boxoffice_database::Error;
use boxoffice_outbox::{Cursor, Log, Positioned};
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::Writer;

/// How far a service has got with one source: what is queued and what is kept.
///
/// Messages come two ways: handed over in memory right after the source's commit, and read from its log by the
/// follower whenever that hint was lost. Both pass through here, so that they queue in order and without gaps.
pub(crate) struct Ear {
    source: &'static str,
    log_id: Uuid,
    /// The next position that may be queued.
    next: Mutex<i64>,
    heard: AtomicI64,
    /// Something was missed, or could not be queued.
    missed: Notify,
}

impl Ear {
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    pub(crate) fn log_id(&self) -> Uuid {
        self.log_id
    }

    pub(crate) fn heard(&self, position: i64) {
        self.heard.fetch_max(position, Ordering::AcqRel);
    }

    /// The batch with a message of this source was not kept: start again behind what was.
    pub(crate) fn failed(&self) {
        *self.next.lock() = self.heard.load(Ordering::Acquire) + 1;
        self.missed.notify_one();
    }

    /// Queues `messages` from the next position on by `queue`, which says whether there was room. Those that were
    /// queued before are left out; with a gap before them nothing is queued and the follower is woken.
    pub(crate) fn offer(&self, messages: &Arc<[Positioned]>, queue: impl FnOnce(usize) -> bool) -> bool {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return true };
        let mut next = self.next.lock();
        if last.position < *next {
            return true;
        }
        let skip = usize::try_from((*next - first.position).max(0)).expect("a position in memory");
        let queued = first.position <= *next && queue(skip);
        if queued {
            *next = last.position + 1;
        } else {
            self.missed.notify_one();
        }
        queued
    }
}

/// Follows the log of another service for ever: first what was missed while this one was down, then whatever was not
/// handed over in memory. Returns the future that does so.
///
/// # Errors
/// When the log cannot be read, or is not the one that was followed before: positions of one log mean nothing in
/// another.
pub async fn follow(
    writer: &Writer,
    log: Log,
    teller: &Writer,
) -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let log_id = log.id().await?;
    let cursor = writer.database().get::<Cursor>(log.source().to_owned()).await?;
    if let Some(cursor) = cursor.as_ref().filter(|cursor| cursor.log_id != log_id) {
        let detail = format!("{} was followed in log {}, but its log is {log_id}", log.source(), cursor.log_id);
        return Err(Error::Corrupt { table: "cursors", detail });
    }
    let heard = cursor.map_or(0, |cursor| cursor.position);
    let ear = Arc::new(Ear {
        source: log.source(),
        log_id,
        next: Mutex::new(heard + 1),
        heard: AtomicI64::new(heard),
        missed: Notify::new(),
    });
    let (listener, hinted) = (writer.clone(), ear.clone());
    teller.tell(Box::new(move |messages| {
        listener.hear(&hinted, messages);
    }));
    Ok(catch_up(writer.clone(), log, ear))
}

const CHUNK: i64 = 512;

/// What could not be queued or kept is tried again after so long.
const PAUSE: Duration = Duration::from_millis(100);

async fn catch_up(writer: Writer, log: Log, ear: Arc<Ear>) {
    while !writer.is_closed() {
        let next = *ear.next.lock();
        match log.after(next - 1, CHUNK).await {
            Ok(messages) if messages.is_empty() => ear.missed.notified().await,
            Ok(messages) => {
                if !writer.hear(&ear, &messages.into()) {
                    writer.clock().sleep(PAUSE).await;
                }
            }
            Err(error) => {
                tracing::warn!(service = writer.service(), source = log.source(), %error, "a log cannot be read");
                writer.clock().sleep(PAUSE).await;
            }
        }
    }
}
