use std::collections::BTreeMap;

use boxoffice_envelope::Message;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use utoipa::OpenApi;

use crate::{
    events::{
        BookingCancelled, BookingCreated, EVENTS, EventKind, InventoryReleased, InventoryReserved, InventorySold,
        NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentPending, PaymentProcessed,
        PaymentRefunded, UserSaved,
    },
    saga::{Heard, SAGA},
};

const ABOUT: &str = "Every event that services tell each other. No service conducts another: each says what has \
    happened, in the transaction in which it happened, and reacts to what the others say. A message may come late, \
    early or twice; its effect happens once.\n\nIn one process messages are rows of each service's outbox, and no \
    broker is needed. A channel is the topic that carries them on Kafka, keyed by booking; the subject of each on \
    NATS is its `x-nats-subject`. Optional fields may be added to an event; readers pass over fields that they do \
    not know.";

/// The schemas of all payloads, without what the envelope writes in front.
#[derive(OpenApi)]
#[openapi(components(schemas(
    UserSaved,
    BookingCreated,
    BookingCancelled,
    OrderCreated,
    InventoryReserved,
    PaymentPending,
    PaymentProcessed,
    InventorySold,
    InventoryReleased,
    OrderConfirmed,
    OrderFailed,
    OrderCancelled,
    PaymentRefunded,
    NotificationSent,
)))]
struct Payloads;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    asyncapi: &'static str,
    info: Value,
    default_content_type: &'static str,
    channels: BTreeMap<&'static str, Value>,
    operations: BTreeMap<String, Value>,
    components: Components<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Components<'a> {
    messages: BTreeMap<&'static str, Announced<'a>>,
    message_traits: Value,
    schemas: BTreeMap<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Announced<'a> {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    traits: Value,
    payload: Value,
    /// As the message was written: a value would change the decimals of its amounts.
    examples: Vec<BTreeMap<&'static str, &'a RawValue>>,
    #[serde(rename = "x-nats-subject")]
    subject: &'static str,
}

/// The AsyncAPI 3.0 document of all [`EVENTS`], as JSON. `samples` are shown as examples.
///
/// # Panics
/// When an event has no schema here or no sample, which a test finds.
pub fn asyncapi_json(samples: &[Message]) -> String {
    let document = Document {
        asyncapi: "3.0.0",
        info: json!({"title": "Boxoffice: events", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": {"name": "MIT"}}),
        default_content_type: "application/json",
        channels: channels(),
        operations: operations(),
        components: Components {
            messages: EVENTS.iter().map(|event| (event.kind, announced(event, samples))).collect(),
            message_traits: json!({"message": {"headers": headers(), "bindings": {"kafka": {"bindingVersion": "0.5.0",
                "key": {"type": "string", "format": "uuid", "description": "The booking; messages of one key keep \
                 their order wherever that is possible."}}}}}),
            schemas: schemas(),
        },
    };
    serde_json::to_string_pretty(&document).expect("a document is JSON") + "\n"
}

fn channels() -> BTreeMap<&'static str, Value> {
    let mut channels = BTreeMap::new();
    for EventKind { kind, source, topic, .. } in EVENTS {
        let channel = channels.entry(*topic).or_insert_with(
            || json!({"address": topic, "title": format!("What {source} says"), "messages": {}, "x-source": source}),
        );
        channel["messages"][kind] = json!({"$ref": format!("#/components/messages/{kind}")});
    }
    channels
}

/// One for each service and event that it says or hears.
fn operations() -> BTreeMap<String, Value> {
    let mut operations = BTreeMap::new();
    for (step, event) in SAGA.iter().zip(EVENTS) {
        let EventKind { kind, topic, about, .. } = event;
        let operation = |action: &str, service: &str, summary: &str| {
            json!({"action": action, "summary": summary, "tags": [{"name": service}],
                "channel": {"$ref": format!("#/channels/{topic}")},
                "messages": [{"$ref": format!("#/channels/{topic}/messages/{kind}")}]})
        };
        operations.insert(format!("{}.says.{kind}", step.said_by), operation("send", step.said_by, about));
        for Heard { by, does } in step.heard_by {
            operations.insert(format!("{by}.hears.{kind}"), operation("receive", by, &format!("{by} {does}")));
        }
    }
    operations
}

fn announced<'a>(event: &EventKind, samples: &'a [Message]) -> Announced<'a> {
    let of_kind = samples.iter().filter(|sample| sample.kind == event.kind);
    let example = |sample: &'a Message| {
        BTreeMap::from([("payload", serde_json::from_str(&sample.body).expect("the body of a message is JSON"))])
    };
    Announced {
        name: event.kind,
        title: short(event.kind),
        summary: event.about,
        traits: json!([{"$ref": "#/components/messageTraits/message"}]),
        payload: json!({"$ref": format!("#/components/schemas/{}", event.kind)}),
        examples: of_kind.map(example).collect(),
        subject: event.subject,
    }
}

/// The attributes of CloudEvents 1.0, as its Kafka binding writes them, and the W3C Trace Context.
fn headers() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let uuid = |about: &str| json!({"type": "string", "format": "uuid", "description": about});
    json!({"type": "object", "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"], "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": uuid("The message; the same in every delivery, and `eventId` of the payload."),
        "ce_source": text("The service that says it."),
        "ce_type": text("The kind of event, and `eventType` of the payload."),
        "ce_time": {"type": "string", "format": "date-time", "description": "When it was said."},
        "ce_subject": uuid("The key: the booking."),
        "traceparent": text("W3C Trace Context of the request that began the errand, where it came with one."),
    }})
}

/// Every payload with what the envelope writes in front of it, and what payloads refer to.
fn schemas() -> BTreeMap<String, Value> {
    let document = serde_json::to_value(Payloads::openapi()).expect("an OpenAPI document is JSON");
    let parts = document["components"]["schemas"].as_object().expect("it has schemas").clone();
    let kind_of = |name: &str| EVENTS.iter().find(|event| short(event.kind) == name).map(|event| event.kind);
    let schema = |(name, schema): (String, Value)| match kind_of(&name) {
        Some(kind) => (kind.to_owned(), enveloped(kind, schema)),
        None => (name, schema),
    };
    parts.into_iter().map(schema).collect()
}

fn enveloped(kind: &str, mut schema: Value) -> Value {
    let properties = &mut schema["properties"];
    properties["eventId"] = json!({"type": "string", "format": "uuid", "description": "Unique for ever."});
    properties["eventType"] = json!({"type": "string", "const": kind});
    properties["timestamp"] = json!({"type": "string", "format": "date-time", "description": "When it was said, UTC."});
    let required = schema["required"].as_array_mut().expect("every event has a field that is always there");
    required.splice(0..0, ["eventId", "eventType", "timestamp"].map(Value::from));
    schema
}

/// The name without the suffix that all have.
fn short(kind: &'static str) -> &'static str {
    kind.strip_suffix("Event").unwrap_or(kind)
}
