use boxoffice_clock::Timestamp;
use boxoffice_database::{Database, Error, to_value};
use boxoffice_envelope::Message;
use uuid::Uuid;

use crate::{LOG, LogHead, OutboxMessage};

/// A message and its place in the log of its source.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Counts from 1, without gaps.
    pub position: i64,
    /// The message.
    pub message: Message,
}

/// One service's messages, read in order.
#[derive(Clone, Debug)]
pub struct Log {
    source: &'static str,
    database: Database,
}

impl Log {
    /// The log of the service `source`.
    pub fn of(source: &'static str, database: Database) -> Self {
        Self { source, database }
    }

    /// The service whose log this is.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The identity of this log.
    ///
    /// # Errors
    /// As [`Log::head`].
    pub async fn id(&self) -> Result<Uuid, Error> {
        self.head().await.map(|head| head.log_id)
    }

    /// Its identity and how far it goes.
    ///
    /// # Errors
    /// As a read of the database; [`Error::Corrupt`] when the log has no head.
    pub async fn head(&self) -> Result<LogHead, Error> {
        let head = self.database.get::<LogHead>(LOG.to_owned()).await?;
        head.ok_or(Error::Corrupt { table: "log", detail: "the head is missing".into() })
    }

    /// The messages after `position`, in order, at most `limit`. Only what is committed is seen.
    ///
    /// # Errors
    /// As a read of the database.
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

    /// How much of it is kept: the positions of the first and the last message; none when nothing is.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn kept(&self) -> Result<Option<(i64, i64)>, Error> {
        let first = self.after(0, 1).await?.pop();
        let last = self.head().await?.last_position;
        Ok(first.map(|first| (first.position, last)))
    }

    /// The position of the first message kept that was said at `time` or later; one behind the last when there is none.
    /// Positions grow with time, so it is found by halving.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn first_since(&self, time: Timestamp) -> Result<i64, Error> {
        let Some((mut low, last)) = self.kept().await? else { return Ok(1) };
        let mut high = last + 1;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.after(middle - 1, 1).await?.pop() {
                // What was kept a moment ago may have been forgotten: then it is older than what is left.
                Some(found) if found.message.published_at < time => low = found.position + 1,
                Some(_) => high = middle,
                None => break,
            }
        }
        Ok(low)
    }
}
