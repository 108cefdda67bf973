use boxoffice_clock::Timestamp;
use boxoffice_database::{Database, Error, Snapshot, Value, table, to_value};
use boxoffice_envelope::{Message, Origin};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of the only row of [`LogHead`].
pub const LOG: &str = "outbox";

table! {
    /// The head of a service's log. Every batch that says or parks something locks and changes this row.
    pub struct LogHead in "log" versioned {
        key { name: String }
        /// Random; a cursor that was kept for another log is an error.
        log_id: Uuid,
        /// The position of the last message said; 0 before the first. There are no gaps.
        last_position: i64,
        /// How many rows of `retries` there are.
        deferred_count: i64,
        /// The last batch that changed this row, by which a commit of unknown outcome is looked up.
        batch: Uuid,
    }
}

table! {
    /// A message as its service keeps it.
    pub struct OutboxMessage in "outbox" appended {
        key { position: i64 }
        /// [`Message::id`].
        id: Uuid,
        /// [`Message::kind`].
        kind: String,
        /// [`Message::key`].
        message_key: Uuid,
        /// [`Message::published_at`].
        published_at: Timestamp,
        /// [`Origin::causation_id`].
        causation_id: Option<Uuid>,
        /// [`Origin::correlation_id`].
        correlation_id: String,
        /// [`Origin::traceparent`].
        traceparent: Option<String>,
        /// [`Origin::actor`].
        actor: String,
        /// [`Message::schema`].
        schema_version: i64,
        /// [`Message::body`].
        body: String,
    }
}

table! {
    /// How far a service has heard another one's log.
    pub struct Cursor in "cursors" versioned {
        key { source: String }
        /// The log it counts in.
        log_id: Uuid,
        /// The last position whose effect is in the data, or in `retries`.
        position: i64,
    }
}

/// Where a message stands that could not be handled when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeferredState {
    /// Is tried again when it is due.
    Deferred,
    /// An earlier message of its key from the same source waits; tried when that one is done.
    Blocked,
    /// Was tried as often as configured; an operator decides.
    DeadLettered,
}

table! {
    /// A message that was heard and could not be handled yet. Never touched while it is [`DeferredState::DeadLettered`] but by an
    /// operator.
    pub struct DeferredMessage in "deferred_messages" versioned {
        key { source: String, position: i64 }
        /// [`Message::id`].
        id: Uuid,
        /// [`Message::kind`].
        kind: String,
        /// [`Message::key`].
        message_key: Uuid,
        /// [`Message::published_at`].
        published_at: Timestamp,
        /// [`Origin::causation_id`].
        causation_id: Option<Uuid>,
        /// [`Origin::correlation_id`].
        correlation_id: String,
        /// [`Origin::traceparent`].
        traceparent: Option<String>,
        /// [`Origin::actor`].
        actor: String,
        /// [`Message::schema`].
        schema_version: i64,
        /// [`Message::body`].
        body: String,
        /// Where it stands.
        state: DeferredState,
        /// How often it was tried.
        attempts: i64,
        /// When it is tried next, while it waits.
        due_at: Timestamp,
        /// Why the last try failed.
        error: String,
    }
}

table! {
    /// A request that had an effect, so that its repetition has none.
    pub struct IdempotencyRecord in "idempotency_records" appended {
        key { id: Uuid }
        /// Hash of the canonical body; another body under the same key is refused.
        fingerprint: Uuid,
        /// The id of what the request made.
        resource: String,
        /// When.
        recorded_at: Timestamp,
    }
}

table! {
    /// The last id given of one kind of row whose ids are counted.
    pub struct Counter in "counters" versioned {
        key { name: String }
        /// 0 before the first.
        last: i64,
    }
}

impl OutboxMessage {
    /// The first message after `position` that is kept.
    ///
    /// # Errors
    /// As a read of the database.
    pub fn next_after(snapshot: &Snapshot, position: i64) -> Result<Option<Self>, Error> {
        let next = snapshot.select("WHERE position > ? ORDER BY position LIMIT 1", vec![to_value(&position)])?;
        Ok(next.into_iter().next())
    }

    /// What a service has said about `key` and still keeps, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn about(database: &Database, key: Uuid, limit: i64) -> Result<Vec<Self>, Error> {
        let args = vec![to_value(&key), to_value(&limit)];
        database.select("WHERE message_key = ? ORDER BY position LIMIT ?", args).await
    }

    /// The row of a message at its position.
    pub fn of(position: i64, message: &Message) -> Self {
        let Message { id, kind, source: _, key, published_at, origin, schema, body } = message.clone();
        Self {
            position,
            id,
            kind: kind.into_owned(),
            message_key: key,
            published_at,
            causation_id: origin.causation_id,
            correlation_id: origin.correlation_id,
            traceparent: origin.traceparent,
            actor: origin.actor,
            schema_version: schema,
            body,
        }
    }

    /// The columns of [`OutboxMessage::of`], without copying the message twice: every message said takes this way.
    pub fn columns_of(position: i64, message: &Message) -> Vec<Value> {
        let Message { id, kind, source: _, key, published_at, origin, schema, body } = message;
        let text = |text: &str| Value::Text(text.to_owned());
        vec![
            Value::Int(position),
            Value::Uuid(*id),
            text(kind),
            Value::Uuid(*key),
            Value::Int(published_at.micros()),
            origin.causation_id.map_or(Value::Null, Value::Uuid),
            text(&origin.correlation_id),
            origin.traceparent.as_deref().map_or(Value::Null, text),
            text(&origin.actor),
            Value::Int(*schema),
            text(body),
        ]
    }

    /// The message that the service `source` kept.
    pub fn message(self, source: &str) -> Message {
        Message {
            id: self.id,
            kind: self.kind.into(),
            source: source.to_owned().into(),
            key: self.message_key,
            published_at: self.published_at,
            origin: Origin {
                causation_id: self.causation_id,
                correlation_id: self.correlation_id,
                traceparent: self.traceparent,
                actor: self.actor,
            },
            schema: self.schema_version,
            body: self.body,
        }
    }
}

impl DeferredMessage {
    /// What a service has put aside of the messages about `key`, at most `limit`, and how far it has heard each of the
    /// others at that moment.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn about(database: &Database, key: Uuid, limit: i64) -> Result<(Vec<Self>, Vec<Cursor>), Error> {
        let retries =
            ("WHERE message_key = ? ORDER BY published_at, position LIMIT ?", vec![to_value(&key), to_value(&limit)]);
        database.select_two(retries, ("ORDER BY source", Vec::new())).await
    }

    /// The parked messages of one service, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As a read of the database.
    pub async fn parked(database: &Database, limit: i64) -> Result<Vec<Self>, Error> {
        let args = vec![to_value(&DeferredState::DeadLettered), to_value(&limit)];
        database.select("WHERE state = ? ORDER BY published_at, position LIMIT ?", args).await
    }

    /// A message put aside after `attempts` tries.
    pub fn of(
        position: i64,
        message: &Message,
        (state, attempts, due_at): (DeferredState, i64, Timestamp),
        error: String,
    ) -> Self {
        let Message { id, kind, source, key, published_at, origin, schema, body } = message.clone();
        Self {
            source: source.into_owned(),
            position,
            id,
            kind: kind.into_owned(),
            message_key: key,
            published_at,
            causation_id: origin.causation_id,
            correlation_id: origin.correlation_id,
            traceparent: origin.traceparent,
            actor: origin.actor,
            schema_version: schema,
            body,
            state,
            attempts,
            due_at,
            error,
            version: 1,
        }
    }

    /// The message again.
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
}

#[cfg(test)]
mod tests {
    use boxoffice_database::Row;

    use super::*;

    #[test]
    fn the_columns_of_a_message_are_those_of_its_row() {
        let full = Origin {
            causation_id: Some(Uuid::from_u128(3)),
            correlation_id: "request-1".into(),
            traceparent: Some("00-1-2-01".into()),
            actor: "somebody".into(),
        };
        for origin in [full, Origin::default()] {
            let message = Message {
                id: Uuid::from_u128(1),
                kind: "RangEvent".into(),
                source: "bells".into(),
                key: Uuid::from_u128(2),
                published_at: Timestamp::from_micros(5),
                origin,
                schema: 1,
                body: "{}".into(),
            };
            let row = OutboxMessage::of(9, &message);
            assert_eq!(OutboxMessage::columns_of(9, &message), row.values());
            assert_eq!(row.message("bells"), message);
        }
    }
}
