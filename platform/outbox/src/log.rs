use boxoffice_database::{Database, Error, to_value};
use boxoffice_envelope::Message;
use uuid::Uuid;

use crate::{LOG, LogHead, Outboxed};

/// A message and its place in the log of its source.
#[derive(Clone, Debug)]
pub struct Positioned {
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
    pub async fn after(&self, position: i64, limit: i64) -> Result<Vec<Positioned>, Error> {
        let rows = self
            .database
            .select::<Outboxed>(
                "WHERE position > ? ORDER BY position LIMIT ?",
                vec![to_value(&position), to_value(&limit)],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| Positioned { position: row.position, message: row.message(self.source) })
            .collect())
    }
}
