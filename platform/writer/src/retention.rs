use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_database::{Error, to_value};
use boxoffice_envelope::Origin;
use boxoffice_outbox::{IdempotencyRecord, OutboxMessage};
use uuid::Uuid;

use crate::{Command, CommandContext, Failure, ReadSet, UnitOfWork, Writer, dead_letters::Infallible_};

/// How long a service keeps what nobody needs for ever.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Messages said. Long, so that a follower that was down, or a bus that lost data, can be filled again.
    pub outbox: Duration,
    /// Requests with an `Idempotency-Key`.
    pub idempotency: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { outbox: Duration::from_secs(7 * 24 * 3600), idempotency: Duration::from_secs(48 * 3600) }
    }
}

const CHUNK: i64 = 1000;
const PERIOD: Duration = Duration::from_secs(600);

/// Takes away what is older than `retention`, a chunk at a time, for ever.
pub async fn run_retention(writer: Writer, retention: Retention) {
    while !writer.is_closed() {
        let now = writer.clock().now();
        match round(&writer, retention, now).await {
            Ok(full) if full => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(service = writer.service(), error, "old rows could not be taken away"),
        }
        tokio::select! {
            () = writer.clock().sleep_until(now.plus(PERIOD)) => {}
            () = writer.ended() => {}
        }
    }
}

/// `true` when there may be more.
async fn round(writer: &Writer, retention: Retention, now: Timestamp) -> Result<bool, String> {
    let forget = old(writer, retention, now).await.map_err(|e| e.to_string())?;
    let count = forget.positions.len() + forget.requests.len();
    if count > 0 {
        let origin = Origin { actor: "retention".into(), ..Origin::default() };
        writer.run(origin, forget).await.map_err(|e: Failure<Infallible_>| e.to_string())?;
    }
    Ok(i64::try_from(count).is_ok_and(|count| count >= CHUNK))
}

async fn old(writer: &Writer, retention: Retention, now: Timestamp) -> Result<DeleteExpired, Error> {
    let args = |life: Duration| vec![to_value(&now.minus(life)), to_value(&CHUNK)];
    // Positions grow with time, so that the oldest messages are found without an index on the time.
    let published = writer
        .database()
        .select::<OutboxMessage>(
            "WHERE position <= (SELECT COALESCE(MIN(position), 0) + 999 FROM outbox) AND published_at < ? ORDER BY position LIMIT ?",
            args(retention.outbox),
        )
        .await?;
    let requests = writer
        .database()
        .select::<IdempotencyRecord>("WHERE recorded_at < ? ORDER BY recorded_at LIMIT ?", args(retention.idempotency))
        .await?;
    Ok(DeleteExpired {
        positions: published.iter().map(|row| row.position).collect(),
        requests: requests.iter().map(|row| row.id).collect(),
    })
}

struct DeleteExpired {
    positions: Vec<i64>,
    requests: Vec<Uuid>,
}

impl Command for DeleteExpired {
    type Answer = ();
    type Refusal = Infallible_;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        for position in &self.positions {
            reads.row::<OutboxMessage>(*position);
        }
        for id in &self.requests {
            reads.row::<IdempotencyRecord>(*id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible_> {
        for position in &self.positions {
            work.delete::<OutboxMessage>(*position);
        }
        for id in &self.requests {
            work.delete::<IdempotencyRecord>(*id);
        }
        Ok(())
    }
}
