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
    saga::{Consumer, SAGA},
};

const ABOUT: &str = "Domain events that the services publish and consume. The saga has no coordinator: each service \
    publishes its events in the transaction that changes its state, and handles the events of the other services. \
    A message may arrive late, early or twice; handlers are idempotent.\n\nIn a single process, messages are rows of \
    each service's outbox, without a broker. A channel is a Kafka topic, keyed by booking; `x-nats-subject` is a \
    message's NATS subject. Later versions may add optional fields to an event; consumers must ignore unknown fields.";

/// Schemas of all events without the fields of the envelope.
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
    messages: BTreeMap<&'static str, MessageObject<'a>>,
    message_traits: Value,
    schemas: BTreeMap<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageObject<'a> {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    traits: Value,
    payload: Value,
    /// Raw JSON, because a `Value` would change the decimals of amounts.
    examples: Vec<BTreeMap<&'static str, &'a RawValue>>,
    #[serde(rename = "x-nats-subject")]
    subject: &'static str,
}

/// Generates the AsyncAPI 3.0 document of all [`EVENTS`] as JSON, with `samples` as its examples.
///
/// # Panics
/// Panics when the body of a sample is not JSON.
pub fn asyncapi_json(samples: &[Message]) -> String {
    let document = Document {
        asyncapi: "3.0.0",
        info: json!({"title": "Boxoffice: events", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": {"name": "MIT"}}),
        default_content_type: "application/json",
        channels: channels(),
        operations: operations(),
        components: Components {
            messages: EVENTS.iter().map(|event| (event.kind, message_object(event, samples))).collect(),
            message_traits: json!({"message": {"headers": headers(), "bindings": {"kafka": {"bindingVersion": "0.5.0",
                "key": {"type": "string", "format": "uuid", "description": "Id of the booking; messages \
                 with the same key are delivered in order on a best-effort basis."}}}}}),
            schemas: schemas(),
        },
    };
    serde_json::to_string_pretty(&document).expect("the document serializes as JSON") + "\n"
}

fn channels() -> BTreeMap<&'static str, Value> {
    let mut channels = BTreeMap::new();
    for EventKind { kind, source, topic, .. } in EVENTS {
        let channel = channels.entry(*topic).or_insert_with(
            || json!({"address": topic, "title": format!("Events of {source}"), "messages": {}, "x-source": source}),
        );
        channel["messages"][kind] = json!({"$ref": format!("#/components/messages/{kind}")});
    }
    channels
}

/// One operation for each pair of an event and a service that publishes or consumes it.
fn operations() -> BTreeMap<String, Value> {
    let mut operations = BTreeMap::new();
    for (step, event) in SAGA.iter().zip(EVENTS) {
        let EventKind { kind, topic, about, .. } = event;
        let operation = |action: &str, service: &str, summary: &str| {
            json!({"action": action, "summary": summary, "tags": [{"name": service}],
                "channel": {"$ref": format!("#/channels/{topic}")},
                "messages": [{"$ref": format!("#/channels/{topic}/messages/{kind}")}]})
        };
        operations
            .insert(format!("{}.publishes.{kind}", step.published_by), operation("send", step.published_by, about));
        for Consumer { service, action } in step.consumed_by {
            operations.insert(
                format!("{service}.consumes.{kind}"),
                operation("receive", service, &format!("{service} {action}")),
            );
        }
    }
    operations
}

fn message_object<'a>(event: &EventKind, samples: &'a [Message]) -> MessageObject<'a> {
    let of_kind = samples.iter().filter(|sample| sample.kind == event.kind);
    let example = |sample: &'a Message| {
        BTreeMap::from([("payload", serde_json::from_str(&sample.body).expect("the body of a message is JSON"))])
    };
    MessageObject {
        name: event.kind,
        title: short(event.kind),
        summary: event.about,
        traits: json!([{"$ref": "#/components/messageTraits/message"}]),
        payload: json!({"$ref": format!("#/components/schemas/{}", event.kind)}),
        examples: of_kind.map(example).collect(),
        subject: event.subject,
    }
}

/// Headers of a message: CloudEvents 1.0 attributes in their Kafka binding, and W3C Trace Context.
fn headers() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let uuid = |about: &str| json!({"type": "string", "format": "uuid", "description": about});
    json!({"type": "object", "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"], "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": uuid("Id of the message, the same in every delivery; equal to `eventId` of the payload."),
        "ce_source": text("Service that publishes the message."),
        "ce_type": text("Kind of event; equal to `eventType` of the payload."),
        "ce_time": {"type": "string", "format": "date-time", "description": "Time of publication, UTC; equal to `timestamp` of the payload."},
        "ce_subject": uuid("Key of the message: the id of the booking, or of the user in user events."),
        "traceparent": text("W3C Trace Context of the request that caused the message; absent if the request had none."),
    }})
}

/// Schemas of all events including the fields of the envelope, and the schemas that they refer to.
fn schemas() -> BTreeMap<String, Value> {
    let document = serde_json::to_value(Payloads::openapi()).expect("an OpenAPI document is JSON");
    let parts = document["components"]["schemas"].as_object().expect("the OpenAPI document has schemas").clone();
    let kind_of = |name: &str| EVENTS.iter().find(|event| short(event.kind) == name).map(|event| event.kind);
    let schema = |(name, schema): (String, Value)| match kind_of(&name) {
        Some(kind) => (kind.to_owned(), enveloped(kind, schema)),
        None => (name, schema),
    };
    parts.into_iter().map(schema).collect()
}

fn enveloped(kind: &str, mut schema: Value) -> Value {
    let properties = &mut schema["properties"];
    properties["eventId"] =
        json!({"type": "string", "format": "uuid", "description": "Id of the message, unique across all messages."});
    properties["eventType"] = json!({"type": "string", "const": kind});
    properties["timestamp"] =
        json!({"type": "string", "format": "date-time", "description": "Time of publication, UTC."});
    let required = schema["required"].as_array_mut().expect("every event has a required field");
    required.splice(0..0, ["eventId", "eventType", "timestamp"].map(Value::from));
    schema
}

/// `kind` without the suffix `Event`.
fn short(kind: &'static str) -> &'static str {
    kind.strip_suffix("Event").unwrap_or(kind)
}
