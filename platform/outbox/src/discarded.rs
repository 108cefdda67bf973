use boxoffice_clock::Timestamp;
use boxoffice_database::{Database, Error, table, to_value};
use boxoffice_envelope::{Message, Origin};
use uuid::Uuid;

use crate::DeferredMessage;

table! {
    /// A message that an operator gave up: it never has its effect. Kept for ever, as the decision that it is.
    pub struct DiscardedMessage in "discarded_messages" appended {
        key { source: String, position: i64 }
        /// [`Message::id`](boxoffice_envelope::Message::id).
        id: Uuid,
        /// Such as `InventorySoldEvent`.
        kind: String,
        /// What it is about.
        message_key: Uuid,
        /// When it was said.
        published_at: Timestamp,
        /// The message that made it be said.
        causation_id: Option<Uuid>,
        /// The errand it belongs to.
        correlation_id: String,
        /// The W3C trace context.
        traceparent: Option<String>,
        /// On whose behalf it was said.
        actor: String,
        /// The version of its body.
        schema_version: i64,
        /// The message.
        body: String,
        /// How often it was tried.
        attempts: i64,
        /// Why the last try failed.
        error: String,
        /// When it was given up.
        discarded_at: Timestamp,
        /// By whom.
        discarded_by: String,
        /// Why.
        reason: String,
    }
}

impl DiscardedMessage {
    /// The row of a parked message that `discarded_by` gives up.
    pub fn of(retry: DeferredMessage, discarded_at: Timestamp, discarded_by: String, reason: String) -> Self {
        let DeferredMessage {
            source,
            position,
            id,
            kind,
            message_key,
            published_at,
            causation_id,
            correlation_id,
            traceparent,
            actor,
            ..
        } = retry;
        let DeferredMessage { schema_version, body, attempts, error, .. } = retry;
        Self {
            source,
            position,
            id,
            kind,
            message_key,
            published_at,
            causation_id,
            correlation_id,
            traceparent,
            actor,
            schema_version,
            body,
            attempts,
            error,
            discarded_at,
            discarded_by,
            reason,
        }
    }

    /// The message that was given up.
    pub fn message(&self) -> Message {
        Message {
            id: self.id,
            kind: self.kind.clone().into(),
            source: self.source.clone().into(),
            key: self.message_key,
            published_at: self.published_at,
            origin: Origin {
                causation_id: self.causation_id,
                correlation_id: self.correlation_id.clone(),
                traceparent: self.traceparent.clone(),
                actor: self.actor.clone(),
            },
            schema: self.schema_version,
            body: self.body.clone(),
        }
    }

    /// Those of one service about `key`, at most `limit`.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn about(database: &Database, key: Uuid, limit: i64) -> Result<Vec<Self>, Error> {
        let args = vec![to_value(&key), to_value(&limit)];
        database.select("WHERE message_key = ? ORDER BY discarded_at, source, position LIMIT ?", args).await
    }

    /// Those of one service, the latest first, at most `limit`.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn latest(database: &Database, limit: i64) -> Result<Vec<Self>, Error> {
        database.select("ORDER BY discarded_at DESC, source, position LIMIT ?", vec![to_value(&limit)]).await
    }
}
