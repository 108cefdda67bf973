use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_database::{Error, to_value};
use boxoffice_outbox::{DeferredMessage, DeferredState};

use crate::writer::Writer;

/// Deferred messages read at a time.
const CHUNK: i64 = 256;

/// Delay before the task looks again at messages that it queued: their batch may have failed.
const RECHECK_DELAY: Duration = Duration::from_secs(1);

/// Delay without deferred messages. A new one ends it early.
const IDLE_DELAY: Duration = Duration::from_secs(3600);

/// Retries each deferred message of `writer`'s service when it is due, until the writer stops.
pub async fn run_retries(writer: Writer) {
    while !writer.is_closed() {
        let now = writer.clock().now();
        let until = match queue_due(&writer, now).await {
            Ok(Some(until)) => until,
            Ok(None) => now.plus(IDLE_DELAY),
            Err(error) => {
                let service = writer.service();
                tracing::warn!(service, %error, "deferred messages cannot be read: retrying in a second");
                now.plus(RECHECK_DELAY)
            }
        };
        tokio::select! {
            () = writer.clock().sleep_until(until) => {}
            () = writer.retries_changed() => {}
            () = writer.ended() => {}
        }
    }
}

/// Queues the messages that are due. Returns when to look again; `None` when no message is deferred.
async fn queue_due(writer: &Writer, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let deferred = writer
        .database()
        .select::<DeferredMessage>(
            "WHERE state = ? ORDER BY due_at, source, position LIMIT ?",
            vec![to_value(&DeferredState::Deferred), to_value(&CHUNK)],
        )
        .await?;
    let (due, later): (Vec<_>, Vec<_>) = deferred.into_iter().partition(|message| message.due_at <= now);
    for message in &due {
        writer.redeliver((message.source.clone(), message.position));
    }
    let soonest = later.first().map(|message| message.due_at);
    let recheck = (!due.is_empty()).then_some(now.plus(RECHECK_DELAY));
    Ok(soonest.into_iter().chain(recheck).min())
}
