use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_database::{Error, to_value};
use boxoffice_outbox::{DeferredMessage, DeferredState};

use crate::Writer;

/// The hint that something about the messages put aside has changed.
pub(crate) const RETRY_SIGNAL: &str = "retry";

/// How many are tried at a time.
const CHUNK: i64 = 256;

/// Tries again what was put aside, each message when it is due, for ever.
pub async fn run_retries(writer: Writer) {
    while !writer.is_closed() {
        let now = writer.clock().now();
        let until = match round(&writer, now).await {
            Ok(Some(until)) => until,
            // Nothing waits: whatever is put aside next is a change, which ends the wait.
            Ok(None) => now.plus(Duration::from_secs(3600)),
            Err(error) => {
                tracing::warn!(service = writer.service(), %error, "messages put aside cannot be read");
                now.plus(Duration::from_secs(1))
            }
        };
        tokio::select! {
            () = writer.clock().sleep_until(until) => {}
            () = writer.retries_changed() => {}
            () = writer.ended() => {}
        }
    }
}

/// Queues what is due; returns when the next is, none when nothing waits.
async fn round(writer: &Writer, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let waiting = writer
        .database()
        .select::<DeferredMessage>(
            "WHERE state = ? ORDER BY due_at, source, position LIMIT ?",
            vec![to_value(&DeferredState::Deferred), to_value(&CHUNK)],
        )
        .await?;
    let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|retry| retry.due_at <= now);
    for retry in &due {
        writer.redeliver((retry.source.clone(), retry.position));
    }
    // What was queued is looked at again after a moment, in case its batch was not kept.
    let soonest = later.first().map(|retry| retry.due_at);
    let recheck = (!due.is_empty()).then_some(now.plus(Duration::from_secs(1)));
    Ok(soonest.into_iter().chain(recheck).min())
}
