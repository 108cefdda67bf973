//! The three tables whose rows hold a message. All of them have the same ten columns for it; this file alone lists them.

use boxoffice_clock::Timestamp;
use boxoffice_database::{Database, Error, Snapshot, Value, table, to_value};
use boxoffice_envelope::{Message, Origin};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Cursor;

/// Declares a row that holds a message, as [`table!`] does: the key, the ten columns of the message, further columns.
macro_rules! message_table {
    ($(#[$meta:meta])* pub struct $Row:ident in $name:literal $mode:ident {
        key { $($key:tt)* }
        $($further:tt)*
    }) => {
        table! {
            $(#[$meta])*
            pub struct $Row in $name $mode {
                key { $($key)* }
                /// [`Message::id`], the same in every table and service.
                id: Uuid,
                /// [`Message::kind`], such as `OrderCreatedEvent`.
                kind: String,
                /// [`Message::key`]: messages of one key are handled in order.
                message_key: Uuid,
                /// [`Message::published_at`], set by the source.
                published_at: Timestamp,
                /// [`Origin::causation_id`] of the message.
                causation_id: Option<Uuid>,
                /// [`Origin::correlation_id`] of the message.
                correlation_id: String,
                /// [`Origin::traceparent`] of the message.
                traceparent: Option<String>,
                /// [`Origin::actor`] of the message.
                actor: String,
                /// [`Message::schema`], the version of the body's schema.
                schema_version: i64,
                /// [`Message::body`], a flat JSON object.
                body: String,
                $($further)*
            }
        }

        impl $Row {
            /// The message of this row, published by the service `source`.
            fn into_message(self, source: String) -> Message {
                Message {
                    id: self.id,
                    kind: self.kind.into(),
                    source: source.into(),
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
    };
}

/// A row of a [`message_table!`] out of a [`Message`] and the columns that the row has besides it.
macro_rules! row_of_message {
    ($Row:ident, $message:expr, { $($further:tt)* }) => {{
        let Message { id, kind, source: _, key, published_at, origin, schema, body } = $message;
        $Row {
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
            $($further)*
        }
    }};
}

message_table! {
    /// A message in the outbox of the service that published it.
    pub struct OutboxMessage in "outbox" appended {
        key { position: i64 }
    }
}

message_table! {
    /// A message that this service consumed and whose handler has not succeeded yet.
    ///
    /// The writer retries it until it succeeds or is [dead-lettered](DeferredState::DeadLettered); from then on only an
    /// operator changes it.
    pub struct DeferredMessage in "deferred_messages" versioned {
        key { source: String, position: i64 }
        /// What happens to the message next.
        state: DeferredState,
        /// Number of failed attempts; 0 while blocked.
        attempts: i64,
        /// Time of the next attempt; meaningful in [`DeferredState::Deferred`] only.
        due_at: Timestamp,
        /// Why the last attempt failed, or why the message is blocked.
        error: String,
    }
}

message_table! {
    /// A dead letter that an operator discarded: it never has an effect. The row is kept as the record of that decision.
    pub struct DiscardedMessage in "discarded_messages" appended {
        key { source: String, position: i64 }
        /// Number of failed attempts before it was discarded.
        attempts: i64,
        /// Why the last attempt failed.
        error: String,
        /// Commit time of the decision.
        discarded_at: Timestamp,
        /// Subject of the operator.
        discarded_by: String,
        /// The reason that the operator gave.
        reason: String,
    }
}

/// What happens next to a message whose handler did not succeed at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeferredState {
    /// The writer retries it at [`DeferredMessage::due_at`].
    Deferred,
    /// An earlier message of the same key and source is deferred; the writer retries this one after that one.
    Blocked,
    /// All attempts failed. An operator replays or discards it.
    DeadLettered,
}

impl OutboxMessage {
    /// The row of `message` at `position`.
    pub fn of(position: i64, message: &Message) -> Self {
        row_of_message!(Self, message.clone(), { position })
    }

    /// The columns of [`OutboxMessage::of`], without the second copy of the texts: every published message takes this
    /// path.
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

    /// The message, published by the service `source`.
    pub fn message(self, source: &str) -> Message {
        self.into_message(source.to_owned())
    }

    /// The first retained message after `position`; `None` when `position` is the last.
    ///
    /// # Errors
    /// As [`Snapshot::select`].
    pub fn next_after(snapshot: &Snapshot, position: i64) -> Result<Option<Self>, Error> {
        let next = snapshot.select("WHERE position > ? ORDER BY position LIMIT 1", vec![to_value(&position)])?;
        Ok(next.into_iter().next())
    }

    /// At most `limit` retained messages with the key `key`, oldest first.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn by_key(database: &Database, key: Uuid, limit: i64) -> Result<Vec<Self>, Error> {
        let args = vec![to_value(&key), to_value(&limit)];
        database.select("WHERE message_key = ? ORDER BY position LIMIT ?", args).await
    }
}

impl DeferredMessage {
    /// The row of `message`, which is at `position` in the log of its source and has failed `attempts` times.
    pub fn of(
        position: i64,
        message: &Message,
        (state, attempts, due_at): (DeferredState, i64, Timestamp),
        error: String,
    ) -> Self {
        let source = message.source.to_string();
        row_of_message!(Self, message.clone(), { source, position, state, attempts, due_at, error, version: 1 })
    }

    /// The message that is deferred.
    pub fn message(&self) -> Message {
        let row = self.clone();
        let source = row.source.clone();
        row.into_message(source)
    }

    /// At most `limit` deferred messages with the key `key`, oldest first, and all cursors of the service, in one
    /// snapshot.
    ///
    /// # Errors
    /// As [`Database::select_two`].
    pub async fn by_key(database: &Database, key: Uuid, limit: i64) -> Result<(Vec<Self>, Vec<Cursor>), Error> {
        let args = vec![to_value(&key), to_value(&limit)];
        let messages = ("WHERE message_key = ? ORDER BY published_at, position LIMIT ?", args);
        database.select_two(messages, ("ORDER BY source", Vec::new())).await
    }

    /// At most `limit` dead letters of the service, oldest first.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn dead_lettered(database: &Database, limit: i64) -> Result<Vec<Self>, Error> {
        let args = vec![to_value(&DeferredState::DeadLettered), to_value(&limit)];
        database.select("WHERE state = ? ORDER BY published_at, position LIMIT ?", args).await
    }
}

impl DiscardedMessage {
    /// The row of the dead letter that the operator `discarded_by` discards for `reason`.
    pub fn of(dead_letter: DeferredMessage, discarded_at: Timestamp, discarded_by: String, reason: String) -> Self {
        let DeferredMessage { position, attempts, .. } = dead_letter;
        let (source, error) = (dead_letter.source.clone(), dead_letter.error.clone());
        let message = dead_letter.into_message(source.clone());
        row_of_message!(Self, message, { source, position, attempts, error, discarded_at, discarded_by, reason })
    }

    /// The message that was discarded.
    pub fn message(&self) -> Message {
        let row = self.clone();
        let source = row.source.clone();
        row.into_message(source)
    }

    /// At most `limit` discarded messages with the key `key`, in order of their discarding.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn by_key(database: &Database, key: Uuid, limit: i64) -> Result<Vec<Self>, Error> {
        let args = vec![to_value(&key), to_value(&limit)];
        database.select("WHERE message_key = ? ORDER BY discarded_at, source, position LIMIT ?", args).await
    }

    /// At most `limit` discarded messages of the service, the latest first.
    ///
    /// # Errors
    /// As [`Database::select`].
    pub async fn latest(database: &Database, limit: i64) -> Result<Vec<Self>, Error> {
        database.select("ORDER BY discarded_at DESC, source, position LIMIT ?", vec![to_value(&limit)]).await
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_database::Row;

    use super::*;

    fn messages() -> [Message; 2] {
        let full = Origin {
            causation_id: Some(Uuid::from_u128(3)),
            correlation_id: "request-1".into(),
            traceparent: Some("00-1-2-01".into()),
            actor: "alice".into(),
        };
        [full, Origin::default()].map(|origin| Message {
            id: Uuid::from_u128(1),
            kind: "OrderCreatedEvent".into(),
            source: "orders".into(),
            key: Uuid::from_u128(2),
            published_at: Timestamp::from_micros(5),
            origin,
            schema: 1,
            body: "{}".into(),
        })
    }

    #[test]
    fn the_columns_of_a_message_equal_those_of_its_row() {
        for message in messages() {
            let row = OutboxMessage::of(9, &message);
            assert_eq!(OutboxMessage::columns_of(9, &message), row.values());
            assert_eq!(row.message("orders"), message);
        }
    }

    #[test]
    fn a_message_survives_being_deferred_and_discarded() {
        for message in messages() {
            let state = (DeferredState::DeadLettered, 10, Timestamp::from_micros(6));
            let deferred = DeferredMessage::of(9, &message, state, "timeout".into());
            assert_eq!(deferred.message(), message);
            let discarded = DiscardedMessage::of(deferred, Timestamp::from_micros(7), "bob".into(), "obsolete".into());
            assert_eq!(discarded.message(), message);
            assert_eq!((discarded.source.as_str(), discarded.position, discarded.attempts), ("orders", 9, 10));
            assert_eq!(discarded.error, "timeout");
        }
    }
}
