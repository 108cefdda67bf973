use std::time::Duration;

use boxoffice_database::{Error, to_value};
use boxoffice_outbox::{Retry, RetryState};

use crate::Writer;

/// The hint that something about the messages put aside has changed.
pub(crate) const RETRY: &str = "retry";

/// How many are tried at a time.
const CHUNK: i64 = 256;

/// Tries again what was put aside, each message when it is due, for ever.
pub async fn retry_forever(writer: Writer) {
    while !writer.is_closed() {
        let wait = match round(&writer).await {
            Ok(Some(wait)) => wait,
            // Nothing waits: whatever is put aside next is a change, which ends the wait.
            Ok(None) => Duration::from_secs(3600),
            Err(error) => {
                tracing::warn!(service = writer.service(), %error, "messages put aside cannot be read");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = writer.clock().sleep(wait) => {}
            () = writer.retries_changed() => {}
        }
    }
}

/// Queues what is due; returns how long until the next is, none when nothing waits.
async fn round(writer: &Writer) -> Result<Option<Duration>, Error> {
    let waiting = writer
        .database()
        .select::<Retry>(
            "WHERE state = ? ORDER BY due_at, source, position LIMIT ?",
            vec![to_value(&RetryState::Waiting), to_value(&CHUNK)],
        )
        .await?;
    let now = writer.clock().now();
    let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|retry| retry.due_at <= now);
    for retry in &due {
        writer.again((retry.source.clone(), retry.position));
    }
    // What was queued is looked at again after a moment, in case its batch was not kept.
    let soonest = later.first().map(|retry| retry.due_at.since(now));
    let recheck = (!due.is_empty()).then_some(Duration::from_secs(1));
    Ok(soonest.into_iter().chain(recheck).min())
}
