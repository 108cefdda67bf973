//! The generated AsyncAPI document is up to date, valid by the official schema, and describes the JSON of every event.

use std::path::Path;

use boxoffice_contracts::{
    asyncapi_json,
    events::EVENTS,
    saga::{SAGA, SERVICES, consumed_by},
};
use serde_json::{Value, json};

use crate::{golden, samples};

/// Optional fields, as pairs of `eventType` and field name.
const OPTIONAL: &[(&str, &str)] = &[
    ("UserSavedEvent", "subject"),
    ("UserSavedEvent", "version"),
    ("InventoryReservedEvent", "productId"),
    ("InventoryReservedEvent", "quantity"),
    ("PaymentProcessedEvent", "transactionId"),
    ("PaymentProcessedEvent", "reason"),
    ("PaymentRefundedEvent", "transactionId"),
];

fn document() -> Value {
    serde_json::from_str(&asyncapi_json(&samples::all())).expect("the document is JSON")
}

/// A validator for the payloads of one event.
fn payload_schema(document: &Value, kind: &str) -> jsonschema::Validator {
    let schema = json!({"$ref": format!("#/components/schemas/{kind}"), "components": document["components"]});
    jsonschema::draft7::new(&schema).expect("a schema of JSON Schema")
}

#[test]
fn the_generated_file_is_up_to_date() {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/asyncapi.json"));
    golden::check(file, &asyncapi_json(&samples::all()));
}

/// The schema is the unmodified one that AsyncAPI publishes (`@asyncapi/specs` 6.11.1, Apache-2.0).
#[test]
fn the_document_is_valid_asyncapi_3() {
    let official: Value =
        serde_json::from_str(include_str!("../asyncapi/3.0.0.json")).expect("the official schema is JSON");
    let official = jsonschema::draft7::new(&official).expect("a schema of JSON Schema");
    let found: Vec<_> = official.iter_errors(&document()).map(|error| error.to_string()).collect();
    assert_eq!(found, Vec::<String>::new());
    let mut wrong = document();
    wrong["operations"]["orders.publishes.OrderCreatedEvent"]["action"] = json!("shout");
    assert!(!official.is_valid(&wrong), "the schema accepts an invalid document");
}

#[test]
fn every_sample_matches_its_schema() {
    let document = document();
    for sample in samples::all() {
        let schema = payload_schema(&document, &sample.kind);
        let body: Value = serde_json::from_str(&sample.body).expect("a body is JSON");
        let found: Vec<_> = schema.iter_errors(&body).map(|error| error.to_string()).collect();
        assert_eq!(found, Vec::<String>::new(), "{}", sample.kind);
        for name in body.as_object().expect("a body is an object").keys() {
            let known = &document["components"]["schemas"][&*sample.kind]["properties"];
            assert!(known.get(name).is_some(), "the schema of {} lacks {name}", sample.kind);
            let mut without_field = body.clone();
            without_field.as_object_mut().expect("a body is an object").remove(name);
            let may_be_absent = OPTIONAL.contains(&(&*sample.kind, &**name));
            assert_eq!(schema.is_valid(&without_field), may_be_absent, "{} without {name}", sample.kind);
        }
    }
}

#[test]
fn every_publisher_and_consumer_has_an_operation() {
    let document = document();
    let operations = document["operations"].as_object().expect("an object");
    let consumed: usize = SERVICES.iter().map(|service| consumed_by(service).len()).sum();
    assert_eq!(operations.len(), SAGA.len() + consumed);
    for event in EVENTS {
        let message = &document["channels"][event.topic]["messages"][event.kind];
        assert_eq!(message["$ref"], format!("#/components/messages/{}", event.kind));
        let message = &document["components"]["messages"][event.kind];
        assert_eq!(
            (&message["x-nats-subject"], message["examples"].as_array().map(Vec::len)),
            (&json!(event.subject), Some(1))
        );
    }
}
