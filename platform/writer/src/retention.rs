use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_database::{Error, to_value};
use boxoffice_envelope::Origin;
use boxoffice_outbox::{Outboxed, Remembered};
use uuid::Uuid;

use crate::{Command, Failure, Moment, Need, World, Writer, dead::Never};

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
pub async fn forget_forever(writer: Writer, retention: Retention) {
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
        writer.run(origin, forget).await.map_err(|e: Failure<Never>| e.to_string())?;
    }
    Ok(i64::try_from(count).is_ok_and(|count| count >= CHUNK))
}

async fn old(writer: &Writer, retention: Retention, now: Timestamp) -> Result<Forget, Error> {
    let args = |life: Duration| vec![to_value(&now.minus(life)), to_value(&CHUNK)];
    // Positions grow with time, so that the oldest messages are found without an index on the time.
    let said = writer
        .database()
        .select::<Outboxed>(
            "WHERE position <= (SELECT COALESCE(MIN(position), 0) + 999 FROM outbox) AND said_at < ? ORDER BY position LIMIT ?",
            args(retention.outbox),
        )
        .await?;
    let requests = writer
        .database()
        .select::<Remembered>("WHERE kept_at < ? ORDER BY kept_at LIMIT ?", args(retention.idempotency))
        .await?;
    Ok(Forget {
        positions: said.iter().map(|row| row.position).collect(),
        requests: requests.iter().map(|row| row.id).collect(),
    })
}

struct Forget {
    positions: Vec<i64>,
    requests: Vec<Uuid>,
}

impl Command for Forget {
    type Answer = ();
    type Refusal = Never;

    fn needs(&self, need: &mut Need<'_>) {
        for position in &self.positions {
            need.row::<Outboxed>(*position);
        }
        for id in &self.requests {
            need.row::<Remembered>(*id);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Never> {
        for position in &self.positions {
            world.delete::<Outboxed>(*position);
        }
        for id in &self.requests {
            world.delete::<Remembered>(*id);
        }
        Ok(())
    }
}
