use boxoffice_clock::Timestamp;
use boxoffice_database::{Database, Error, Row, to_value};
use boxoffice_envelope::Message;
use uuid::Uuid;

use crate::{LOG, LogHead, OutboxMessage};

/// A message and its position in the log of its source.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Counts from 1 without gaps.
    pub position: i64,
    /// The message at this position.
    pub message: Message,
}

/// Read access to the outbox of one service, in order of position.
#[derive(Clone, Debug)]
pub struct Log {
    source: &'static str,
    database: Database,
}

impl Log {
    /// The log of the service `source`, whose database is `database`.
    pub fn of(source: &'static str, database: Database) -> Self {
        Self { source, database }
    }

    /// The name of the service that publishes to this log.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The random id of this log. Positions of logs with different ids are not comparable.
    ///
    /// # Errors
    /// As [`Log::head`].
    pub async fn id(&self) -> Result<Uuid, Error> {
        self.head().await.map(|head| head.log_id)
    }

    /// The id of this log and its last position.
    ///
    /// # Errors
    /// As [`Database::get`]; [`Error::Corrupt`] when the log has no head.
    pub async fn head(&self) -> Result<LogHead, Error> {
        let head = self.database.get::<LogHead>(LOG.to_owned()).await?;
        head.ok_or(Error::Corrupt { table: LogHead::TABLE.name, detail: "the head of the log is missing".into() })
    }

    /// At most `limit` committed messages after `position`, in order.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn after(&self, position: i64, limit: i64) -> Result<Vec<LogEntry>, Error> {
        let rows = self
            .database
            .select::<OutboxMessage>(
                "WHERE position > ? ORDER BY position LIMIT ?",
                vec![to_value(&position), to_value(&limit)],
            )
            .await?;
        Ok(rows.into_iter().map(|row| LogEntry { position: row.position, message: row.message(self.source) }).collect())
    }

    /// The positions of the oldest retained message and of the last one; `None` when the log retains no message.
    ///
    /// # Errors
    /// As [`Log::head`].
    pub async fn retained(&self) -> Result<Option<(i64, i64)>, Error> {
        let first = self.after(0, 1).await?.pop();
        let last = self.head().await?.last_position;
        Ok(first.map(|first| (first.position, last)))
    }

    /// The position of the first retained message published at `time` or later; one past the last position when no such
    /// message exists. Positions grow with time, so a binary search finds it.
    ///
    /// # Errors
    /// As [`Log::head`].
    pub async fn first_since(&self, time: Timestamp) -> Result<i64, Error> {
        let Some((mut low, last)) = self.retained().await? else { return Ok(1) };
        let mut high = last + 1;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.after(middle - 1, 1).await?.pop() {
                // Retention may have deleted the message at `middle` meanwhile: this one is a later one.
                Some(found) if found.message.published_at < time => low = found.position + 1,
                Some(_) => high = middle,
                None => break,
            }
        }
        Ok(low)
    }
}
