//! The envelope of messages between services. It knows nothing of the events themselves, so every crate may import it.
//!
//! Owns:
//!
//! - [`Message`], a published event with its metadata;
//! - [`Event`], the trait that gives an event type its name, source and key;
//! - [`Origin`], the actor and the ids that connect a request with every message that it causes.
//!
//! Guarantee: [`Message::id`] is unique and equal in every delivery, so consumers can recognize repetitions.
//!
//! To add an event, implement [`Event`] for its type in the `contracts` crate.

use std::borrow::Cow;

use boxoffice_clock::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// An event: a fact that one service publishes for others. Serializes as a JSON object.
pub trait Event: Serialize + DeserializeOwned + Send + 'static {
    /// The name of the type in messages, such as `OrderCreatedEvent`.
    const KIND: &'static str;
    /// Name of the service that publishes it.
    const SOURCE: &'static str;
    /// The entity that the event is about. Consumers handle events of one key in the order of publication.
    fn key(&self) -> Uuid;
}

/// Who and what caused a command or a message. Carries ids, never names or addresses of people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Id of the message that caused this one; `None` when a request or a task caused it.
    pub causation_id: Option<Uuid>,
    /// One id for all requests, messages and log lines that follow from one client request.
    pub correlation_id: String,
    /// `traceparent` header (W3C Trace Context) of the client request; `None` when it had none.
    pub traceparent: Option<String>,
    /// Subject of the client's token, or name of the service or task.
    pub actor: String,
}

impl Origin {
    /// The origin of a command that the task `name` starts by itself, with a correlation id of its own.
    pub fn of_task(name: &str) -> Self {
        Self { actor: name.to_owned(), correlation_id: name.to_owned(), ..Self::default() }
    }
}

/// A published event with its metadata. Immutable once published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Unique id, equal in every delivery of this message.
    pub id: Uuid,
    /// [`Event::KIND`] of the event in the body.
    pub kind: Cow<'static, str>,
    /// [`Event::SOURCE`], the service that published it.
    pub source: Cow<'static, str>,
    /// [`Event::key`], the entity that the event is about.
    pub key: Uuid,
    /// Commit time of the transaction that published it.
    pub published_at: Timestamp,
    /// Who and what caused the message.
    pub origin: Origin,
    /// Version of the schema of the body, see [`SCHEMA`].
    pub schema: i64,
    /// A flat JSON object: `eventId`, `eventType`, `timestamp`, then the fields of the event.
    pub body: String,
}

/// The version of the schema that this program writes into messages.
pub const SCHEMA: i64 = 1;

impl Message {
    /// The message of `event`, published at `published_at`.
    ///
    /// # Panics
    /// When `event` does not serialize as a JSON object, which is a bug of its type.
    pub fn of<E: Event>(event: &E, id: Uuid, published_at: Timestamp, origin: Origin) -> Self {
        let fields = serde_json::to_string(event).expect("an event is a plain structure");
        let fields = fields.strip_prefix('{').expect("an event is a JSON object");
        let comma = if fields == "}" { "" } else { "," };
        let body =
            format!(r#"{{"eventId":"{id}","eventType":"{}","timestamp":"{published_at}"{comma}{fields}"#, E::KIND);
        Self {
            id,
            kind: E::KIND.into(),
            source: E::SOURCE.into(),
            key: event.key(),
            published_at,
            origin,
            schema: SCHEMA,
            body,
        }
    }

    /// Parses the body as an event of type `E`.
    ///
    /// # Errors
    /// When a required field is missing or malformed. Unknown fields are ignored.
    pub fn read<E: Event>(&self) -> Result<E, serde_json::Error> {
        serde_json::from_str(&self.body)
    }

    /// The origin of commands and messages that this message causes in the service or task `actor`.
    pub fn caused_origin(&self, actor: &str) -> Origin {
        Origin { causation_id: Some(self.id), actor: actor.to_owned(), ..self.origin.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Measured {
        sensor: Uuid,
    }

    impl Event for Measured {
        const KIND: &'static str = "MeasuredEvent";
        const SOURCE: &'static str = "sensors";
        fn key(&self) -> Uuid {
            self.sensor
        }
    }

    #[test]
    fn the_body_is_a_flat_object_and_parses_back() {
        let event = Measured { sensor: Uuid::from_u128(2) };
        let message = Message::of(&event, Uuid::from_u128(1), Timestamp::from_micros(0), Origin::default());
        assert_eq!(
            message.body,
            r#"{"eventId":"00000000-0000-0000-0000-000000000001","eventType":"MeasuredEvent","timestamp":"1970-01-01T00:00:00Z","sensor":"00000000-0000-0000-0000-000000000002"}"#
        );
        assert_eq!(message.read::<Measured>().unwrap(), event);
    }
}
