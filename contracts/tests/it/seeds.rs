//! The JSON that the platform's first description promises: its names and its structure are part of ours.

use serde_json::{Value, json};

use crate::samples;

/// Whether every name of `promised` is in `ours`, with a value of the same JSON type.
fn contains(ours: &Value, promised: &Value) -> Result<(), String> {
    for (name, promised) in promised.as_object().expect("an event is an object") {
        let found = ours.get(name).ok_or_else(|| format!("{name} is missing"))?;
        if std::mem::discriminant(found) != std::mem::discriminant(promised) {
            return Err(format!("{name} is {found}, promised is something like {promised}"));
        }
    }
    Ok(())
}

fn sample(kind: &str) -> Value {
    let message = samples::all().into_iter().find(|message| message.kind == kind).expect("a sample of each event");
    serde_json::from_str(&message.body).expect("a body is JSON")
}

#[test]
fn an_order_is_created_as_promised() {
    let promised = json!({
        "eventId": "uuid",
        "eventType": "OrderCreatedEvent",
        "timestamp": "2024-01-01T10:00:00",
        "orderId": "order123",
        "customerId": "customer123",
        "items": [],
        "totalAmount": 100.00
    });
    assert_eq!(contains(&sample("OrderCreatedEvent"), &promised), Ok(()));
}

#[test]
fn inventory_is_reserved_as_promised() {
    let promised = json!({
        "eventId": "uuid",
        "eventType": "InventoryReservedEvent",
        "timestamp": "2024-01-01T10:00:01",
        "orderId": "order123",
        "productId": "product1",
        "quantity": 2,
        "success": true,
        "message": "Inventory reserved successfully"
    });
    assert_eq!(contains(&sample("InventoryReservedEvent"), &promised), Ok(()));
}

#[test]
fn a_missing_name_would_be_noticed() {
    assert!(contains(&json!({"a": 1}), &json!({"b": 1})).is_err());
    assert!(contains(&json!({"a": "1"}), &json!({"a": 1})).is_err());
}
