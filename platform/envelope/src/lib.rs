//! The message on the wire: what every service may import, and nothing of tickets in it.
//!
//! Owns: [`Message`], the [`Event`] trait that gives a type its name on the wire, and [`Origin`], which says on whose
//! behalf something is done and is carried from a request through every message that follows from it.

use std::borrow::Cow;

use boxoffice_clock::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// Something that has happened, as other services hear it.
pub trait Event: Serialize + DeserializeOwned + Send + 'static {
    /// Its name on the wire, such as `OrderCreatedEvent`.
    const KIND: &'static str;
    /// The service that says it.
    const SOURCE: &'static str;
    /// Messages of one key are handled in the order in which they were said, wherever that is possible.
    fn key(&self) -> Uuid;
}

/// On whose behalf something is done. Carries ids only, never names or addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The message that this follows from; none for a request of a client.
    pub causation_id: Option<Uuid>,
    /// One id through all requests, messages and log lines of one errand.
    pub correlation_id: String,
    /// `traceparent` of the W3C Trace Context that the request came with.
    pub traceparent: Option<String>,
    /// Who asked: the subject of the token, or the name of a service or task.
    pub actor: String,
}

impl Origin {
    /// What happens by itself, under the name of the task that does it. It starts an errand of its own.
    pub fn of_task(name: &str) -> Self {
        Self { actor: name.to_owned(), correlation_id: name.to_owned(), ..Self::default() }
    }
}

/// A stored, immutable announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Unique for ever; the same in every delivery.
    pub id: Uuid,
    /// [`Event::KIND`].
    pub kind: Cow<'static, str>,
    /// [`Event::SOURCE`].
    pub source: Cow<'static, str>,
    /// [`Event::key`].
    pub key: Uuid,
    /// When it was said.
    pub published_at: Timestamp,
    /// What it follows from, and the errand it belongs to.
    pub origin: Origin,
    /// Version of the body's schema.
    pub schema: i64,
    /// A flat JSON object: `eventId`, `eventType`, `timestamp`, then the event's own fields.
    pub body: String,
}

/// The version of the bodies' schema that this program writes.
pub const SCHEMA: i64 = 1;

impl Message {
    /// Writes `event` down.
    ///
    /// # Panics
    /// When the event is not a JSON object, which is a fault of its type.
    pub fn of<E: Event>(event: &E, id: Uuid, at: Timestamp, origin: Origin) -> Self {
        let fields = serde_json::to_string(event).expect("an event is a plain structure");
        let fields = fields.strip_prefix('{').expect("an event is a JSON object");
        let comma = if fields == "}" { "" } else { "," };
        let body = format!(r#"{{"eventId":"{id}","eventType":"{}","timestamp":"{at}"{comma}{fields}"#, E::KIND);
        Self {
            id,
            kind: E::KIND.into(),
            source: E::SOURCE.into(),
            key: event.key(),
            published_at: at,
            origin,
            schema: SCHEMA,
            body,
        }
    }

    /// Reads the body as an event.
    ///
    /// # Errors
    /// When a field that the event needs is missing or malformed; unknown fields are passed over.
    pub fn read<E: Event>(&self) -> Result<E, serde_json::Error> {
        serde_json::from_str(&self.body)
    }

    /// The origin of whatever is done because of this message, by `actor`.
    pub fn caused_origin(&self, actor: &str) -> Origin {
        Origin { causation_id: Some(self.id), actor: actor.to_owned(), ..self.origin.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Rang {
        bell: Uuid,
    }

    impl Event for Rang {
        const KIND: &'static str = "RangEvent";
        const SOURCE: &'static str = "bells";
        fn key(&self) -> Uuid {
            self.bell
        }
    }

    #[test]
    fn the_body_is_flat_and_reads_back() {
        let event = Rang { bell: Uuid::from_u128(2) };
        let message = Message::of(&event, Uuid::from_u128(1), Timestamp::from_micros(0), Origin::default());
        assert_eq!(
            message.body,
            r#"{"eventId":"00000000-0000-0000-0000-000000000001","eventType":"RangEvent","timestamp":"1970-01-01T00:00:00Z","bell":"00000000-0000-0000-0000-000000000002"}"#
        );
        assert_eq!(message.read::<Rang>().unwrap(), event);
    }
}
