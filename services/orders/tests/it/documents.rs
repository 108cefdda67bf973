//! The OpenAPI document of the service.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::TestApi;

#[tokio::test]
async fn every_operation_is_documented() {
    let api = TestApi::new();
    let document = serde_json::to_value(&api.orders.api).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations: Vec<(String, &Value)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect();
    let names: BTreeSet<_> = operations.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "get /api/v1/orders",
        "get /api/v1/orders/{id}",
        "get /api/v1/orders/{id}/history",
        "post /api/v1/orders",
        "put /api/v1/orders/{id}/status",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    for (name, operation) in operations {
        assert!(operation["summary"].is_string() && operation["tags"][0] == "orders", "{name}");
        assert!(operation["security"][0]["bearer"].is_array(), "{name}");
        assert!(operation["responses"]["default"].is_object(), "{name}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for schema in ["Order", "PricedLine", "OrderHistoryEntry", "CreateOrderRequest", "Problem"] {
        assert!(schemas.contains_key(schema), "{schema}");
    }
}
