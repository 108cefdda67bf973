//! The events have all fields, with the same JSON types, that the original specification of the platform promises.

use serde_json::{Value, json};

use crate::samples;

/// Checks that `ours` has every field of `promised` with a value of the same JSON type.
fn contains(ours: &Value, promised: &Value) -> Result<(), String> {
    for (name, promised) in promised.as_object().expect("an event is an object") {
        let found = ours.get(name).ok_or_else(|| format!("{name} is missing"))?;
        if std::mem::discriminant(found) != std::mem::discriminant(promised) {
            return Err(format!("{name} is {found}, but the specification has a value like {promised}"));
        }
    }
    Ok(())
}

fn sample(kind: &str) -> Value {
    let message = samples::all().into_iter().find(|message| message.kind == kind).expect("a sample of each event");
    serde_json::from_str(&message.body).expect("a body is JSON")
}

#[test]
fn order_created_has_the_promised_fields() {
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
fn inventory_reserved_has_the_promised_fields() {
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
fn missing_fields_and_other_types_are_detected() {
    assert!(contains(&json!({"a": 1}), &json!({"b": 1})).is_err());
    assert!(contains(&json!({"a": "1"}), &json!({"a": 1})).is_err());
}
