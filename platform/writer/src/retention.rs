use std::{convert::Infallible, time::Duration};

use boxoffice_clock::Timestamp;
use boxoffice_database::{Error, to_value};
use boxoffice_envelope::Origin;
use boxoffice_outbox::{IdempotencyRecord, OutboxMessage};
use uuid::Uuid;

use crate::{
    command::{Command, Failure},
    context::CommandContext,
    read_set::ReadSet,
    unit_of_work::UnitOfWork,
    writer::Writer,
};

/// How long a service keeps rows that it needs for a limited time only.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Lifetime of published messages. A consumer that was down, or a restored backup, reads them again within it.
    pub outbox: Duration,
    /// Lifetime of the records of requests with an `Idempotency-Key`.
    pub idempotency: Duration,
}

impl Default for Retention {
    /// Seven days of messages, two days of idempotency records.
    fn default() -> Self {
        Self { outbox: Duration::from_secs(7 * 24 * 3600), idempotency: Duration::from_secs(48 * 3600) }
    }
}

/// Rows of each table deleted in one transaction.
const CHUNK: i64 = 1000;

/// Interval between two scans for expired rows.
const SCAN_INTERVAL: Duration = Duration::from_secs(600);

/// Deletes rows older than `retention`, a chunk at a time, until the writer stops.
pub async fn run_retention(writer: Writer, retention: Retention) {
    while !writer.is_closed() {
        let now = writer.clock().now();
        match delete_chunk(&writer, retention, now).await {
            Ok(may_have_more) if may_have_more => continue,
            Ok(_) => {}
            Err(error) => {
                let service = writer.service();
                tracing::warn!(service, error, "expired rows could not be deleted: the next scan retries");
            }
        }
        tokio::select! {
            () = writer.clock().sleep_until(now.plus(SCAN_INTERVAL)) => {}
            () = writer.ended() => {}
        }
    }
}

/// Returns whether more expired rows may exist.
async fn delete_chunk(writer: &Writer, retention: Retention, now: Timestamp) -> Result<bool, String> {
    let expired = find_expired(writer, retention, now).await.map_err(|e| e.to_string())?;
    let count = expired.positions.len() + expired.requests.len();
    if count > 0 {
        let origin = Origin { actor: "retention".into(), ..Origin::default() };
        writer.run(origin, expired).await.map_err(|e: Failure<Infallible>| e.to_string())?;
    }
    Ok(i64::try_from(count).is_ok_and(|count| count >= CHUNK))
}

async fn find_expired(writer: &Writer, retention: Retention, now: Timestamp) -> Result<DeleteExpired, Error> {
    let args = |lifetime: Duration| vec![to_value(&now.minus(lifetime)), to_value(&CHUNK)];
    // Positions grow with time: the oldest messages are found without an index on the time.
    let messages = writer
        .database()
        .select::<OutboxMessage>(
            "WHERE position <= (SELECT COALESCE(MIN(position), 0) + 999 FROM outbox) AND published_at < ? \
             ORDER BY position LIMIT ?",
            args(retention.outbox),
        )
        .await?;
    let requests = writer
        .database()
        .select::<IdempotencyRecord>("WHERE recorded_at < ? ORDER BY recorded_at LIMIT ?", args(retention.idempotency))
        .await?;
    Ok(DeleteExpired {
        positions: messages.iter().map(|row| row.position).collect(),
        requests: requests.iter().map(|row| row.id).collect(),
    })
}

struct DeleteExpired {
    positions: Vec<i64>,
    requests: Vec<Uuid>,
}

impl Command for DeleteExpired {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        for position in &self.positions {
            reads.row::<OutboxMessage>(*position);
        }
        for id in &self.requests {
            reads.row::<IdempotencyRecord>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        for position in &self.positions {
            work.delete::<OutboxMessage>(*position);
        }
        for id in &self.requests {
            work.delete::<IdempotencyRecord>(*id);
        }
        Ok(())
    }
}
