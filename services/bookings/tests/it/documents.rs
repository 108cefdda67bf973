//! The OpenAPI document of the service.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::TestBookings;

#[tokio::test]
async fn every_operation_is_documented() {
    let service = TestBookings::new().await;
    let document = serde_json::to_value(&service.api).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut names = BTreeSet::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["summary"].is_string() && operation["description"].is_string(), "{name}");
            assert_eq!(operation["tags"], json!(["bookings"]), "{name}");
            assert!(operation["security"][0]["bearer"].is_array(), "{name}");
            assert!(operation["responses"]["default"].is_object(), "{name}: problems");
            names.insert(name);
        }
    }
    let expected = [
        "get /api/v1/bookings",
        "get /api/v1/bookings/{id}",
        "get /api/v1/events/{id}/bookings",
        "post /api/v1/bookings",
        "post /api/v1/bookings/{id}/cancel",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for schema in ["Booking", "PricedLine", "Ticket", "TimelineEntry", "CreateBookingRequest", "RequestedLine"] {
        assert!(schemas.contains_key(schema), "{schema}");
    }
}
