use std::{sync::Arc, time::Duration};

use boxoffice_database::{Error, Row};
use boxoffice_outbox::{Cursor, Log, LogHead};

use crate::{
    subscription::{Offered, Subscription},
    writer::Writer,
};

/// Messages read from a log at a time.
const CHUNK: i64 = 512;

/// Delay before the consumer retries after the log could not be read or a batch failed.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Consumes the log of another service, whose writer is `publisher`, from the cursor of `writer`'s service on.
///
/// Returns the future that does so until `writer` stops: it first delivers the messages that were published while this
/// service was down, then those that `publisher` could not hand over in memory. A service that consumes a log for the
/// first time begins with the oldest retained message.
///
/// # Errors
/// When the log cannot be read, and [`Error::Corrupt`] when the cursor does not fit the log: it belongs to a log with
/// another id, is past the end of the log, or precedes the oldest retained message.
pub async fn consume(
    writer: &Writer,
    log: Log,
    publisher: &Writer,
) -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let source = log.source();
    let cursor = writer.database().get::<Cursor>(source.to_owned()).await?;
    let head = log.head().await?;
    let consumed = cursor.as_ref().map_or(0, |cursor| cursor.position);
    let oldest = log.after(consumed, 1).await?.first().map(|oldest| oldest.position);
    let deleted = oldest.map_or(head.last_position, |oldest| oldest - 1);
    if let Some(cursor) = &cursor {
        check_cursor(cursor, &head, deleted)?;
    }
    let consumed = consumed.max(deleted);
    let subscription = Arc::new(Subscription::new(source, head.log_id, consumed, head.last_position));
    writer.subscribe(subscription.clone());
    let (consumer, hinted) = (writer.clone(), subscription.clone());
    publisher.on_commit(Box::new(move |messages| {
        consumer.deliver(&hinted, messages);
    }));
    Ok(catch_up(writer.clone(), log, subscription))
}

/// Fails when the log with `head`, whose messages up to `deleted` are deleted, cannot continue at `cursor`.
fn check_cursor(cursor: &Cursor, head: &LogHead, deleted: i64) -> Result<(), Error> {
    let Cursor { source, log_id, position, .. } = cursor;
    let detail = if *log_id != head.log_id {
        format!("{source} was consumed from log {log_id}, but its log is {}: restore matching backups", head.log_id)
    } else if *position > head.last_position {
        let last = head.last_position;
        format!("{source} was consumed up to {position}, but its log ends at {last}: the log is an older copy")
    } else if *position < deleted {
        format!("{source} was consumed up to {position}, but its log retains nothing up to {deleted}")
    } else {
        return Ok(());
    };
    Err(Error::Corrupt { table: Cursor::TABLE.name, detail })
}

async fn catch_up(writer: Writer, log: Log, subscription: Arc<Subscription>) {
    tokio::select! {
        () = async { loop { step(&writer, &log, &subscription).await } } => {}
        () = writer.ended() => {}
    }
}

/// Queues one chunk of messages, or waits until there is a reason to read the log again.
async fn step(writer: &Writer, log: &Log, subscription: &Arc<Subscription>) {
    let (service, source) = (writer.service(), log.source());
    if subscription.take_failure() {
        // An immediate retry does not help a database that cannot commit.
        writer.clock().sleep(RETRY_DELAY).await;
    }
    let drained = writer.drained();
    let next = subscription.next();
    match log.after(next - 1, CHUNK).await {
        Ok(messages) if messages.is_empty() => subscription.woken().await,
        Ok(messages) if messages[0].position > next => {
            let oldest = messages[0].position;
            tracing::error!(
                service,
                source,
                next,
                oldest,
                "consumer stopped: the log no longer retains its next message"
            );
            writer.clock().sleep(RETRY_DELAY * 100).await;
        }
        Ok(messages) => {
            if writer.deliver(subscription, &messages.into()) == Offered::NoRoom {
                drained.await;
            }
        }
        Err(error) => {
            tracing::warn!(service, source, %error, "log cannot be read: the consumer retries");
            writer.clock().sleep(RETRY_DELAY).await;
        }
    }
}
