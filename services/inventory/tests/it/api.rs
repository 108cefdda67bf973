//! The HTTP inventory: good input, bad input, and who may do what.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{ANN, Caller, OLGA, TestInventory};

fn night() -> Value {
    json!({"name": "Night", "startsAt": "2031-06-01T19:30:00Z", "currency": "EUR", "capacity": 5,
        "ticketTypes": [{"name": "Floor", "price": 25.50}, {"name": "Balcony", "price": 10}]})
}

#[tokio::test]
async fn a_created_event_is_readable_at_once() {
    let inventory = TestInventory::with_capacity(10).await;
    let created = inventory.call_with(OLGA, "POST /api/v1/events", Some(night()), &[("idempotency-key", "k1")]).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
    let location = created.header("location").unwrap();
    assert_eq!(inventory.call(ANN, &format!("GET {location}"), None).await.body, created.body);
    assert_eq!((&created.body["available"], &created.body["capacity"]), (&json!(5), &json!(5)));
    assert_eq!(created.body["ticketTypes"][0]["price"].to_string(), "25.5", "as serde_json shows 25.50");

    let again = inventory.call_with(OLGA, "POST /api/v1/events", Some(night()), &[("idempotency-key", "k1")]).await;
    assert_eq!((again.status, &again.body), (StatusCode::CREATED, &created.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let mut other = night();
    other["capacity"] = 6.into();
    let reused = inventory.call_with(OLGA, "POST /api/v1/events", Some(other), &[("idempotency-key", "k1")]).await;
    assert_eq!((reused.status, &reused.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key-reused")));
    assert_eq!(inventory.call(ANN, "GET /api/v1/events", None).await.body.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn invalid_events_are_refused_with_the_fields() {
    let inventory = TestInventory::with_capacity(10).await;
    let refused: &[(&str, Value, &str)] = &[
        ("name", json!(""), "name"),
        ("name", json!("x".repeat(201)), "name"),
        ("name", json!(7), "name"),
        ("startsAt", json!("2020-01-01T00:00:00Z"), "startsAt"),
        ("startsAt", json!("tomorrow"), "startsAt"),
        ("currency", json!("XXX"), "currency"),
        ("capacity", json!(0), "capacity"),
        ("capacity", json!(1_000_000_001), "capacity"),
        ("capacity", json!(1.5), "capacity"),
        ("timeZone", json!("a b"), "timeZone"),
        ("ticketTypes", json!([{"name": "Floor", "price": -1}]), "ticketTypes[0].price"),
        ("ticketTypes", json!([{"name": "Floor", "price": 0.001}]), "ticketTypes[0].price"),
        ("ticketTypes", json!([{"name": "Floor", "price": 1_000_000_000.01}]), "ticketTypes[0].price"),
        ("ticketTypes", json!([{"name": "Floor"}]), "ticketTypes[0].price"),
        ("title", json!("unknown"), "title"),
    ];
    for (field, value, invalid) in refused {
        let mut body = night();
        body[*field] = value.clone();
        let response = inventory.call(OLGA, "POST /api/v1/events", Some(body)).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{field}={value}: {}", response.body);
        assert_eq!(response.fields(), [*invalid], "{field}={value}");
    }
    assert_eq!(inventory.call(ANN, "GET /api/v1/events", None).await.body.as_array().unwrap().len(), 1);
}

/// A caller, a route, a body, and the expected status.
type Row<'a> = (Caller<'a>, &'a str, Value, u16);

#[tokio::test]
async fn only_members_of_the_organizer_change_its_catalogue() {
    let inventory = TestInventory::with_capacity(10).await;
    let mallory = ("mallory", "organizer");
    let table: &[Row<'_>] = &[
        (ANN, "POST /api/v1/organizers", json!({"name": "Mine"}), 403),
        (ANN, "POST /api/v1/events", night(), 403),
        (
            mallory,
            "POST /api/v1/events",
            json!({"organizerId": 1, "name": "N", "startsAt": "2031-06-01T19:30:00Z",
            "currency": "EUR", "capacity": 5}),
            403,
        ),
        (mallory, "POST /api/v1/events", night(), 403),
        (mallory, "PUT /api/v1/events/1/capacity", json!({"capacity": 7}), 403),
        (mallory, "POST /api/v1/events/1/ticket-types", json!({"name": "VIP", "price": 1}), 403),
        (mallory, "PUT /api/v1/organizers/1/members/mallory", json!({}), 403),
        (OLGA, "PUT /api/v1/events/2/capacity", json!({"capacity": 7}), 404),
        (OLGA, "PUT /api/v1/events/x/capacity", json!({"capacity": 7}), 400),
        (OLGA, "POST /api/v1/organizers", json!({"name": "Hall"}), 409),
        (OLGA, "PUT /api/v1/events/1/capacity", json!({"capacity": 7}), 200),
        (("otto", "operator"), "PUT /api/v1/events/1/capacity", json!({"capacity": 8}), 200),
    ];
    for (caller, route, body, status) in table {
        let response = inventory.call(*caller, route, Some(body.clone())).await;
        assert_eq!(response.status.as_u16(), *status, "{caller:?} {route}: {}", response.body);
    }
    let added = inventory.call(OLGA, "PUT /api/v1/organizers/1/members/mallory", None).await;
    assert_eq!(added.status, StatusCode::NO_CONTENT);
    let changed = inventory.call(mallory, "PUT /api/v1/events/1/capacity", Some(json!({"capacity": 9}))).await;
    assert_eq!(changed.body["capacity"], 9);
}

#[tokio::test]
async fn a_hold_is_visible_to_its_owner_only() {
    let inventory = TestInventory::with_capacity(10).await;
    let lines = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}]});
    let taken = inventory.call(ANN, "POST /api/v1/holds", Some(lines.clone())).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.body);
    assert_eq!((&taken.body["status"], taken.body["total"].to_string().as_str()), (&json!("held"), "51.0"));
    let location = taken.header("location").unwrap();
    let bob = ("bob", "customer");
    assert_eq!(inventory.call(bob, &format!("GET {location}"), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(inventory.call(bob, &format!("DELETE {location}"), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(inventory.call(bob, "GET /api/v1/holds", None).await.body, json!([]));
    assert_eq!(inventory.call(ANN, &format!("DELETE {location}"), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(inventory.call(ANN, &format!("DELETE {location}"), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(inventory.taken().await, (0, 0));

    let too_many = json!({"lines": [{"ticketTypeId": 1, "quantity": 11}]});
    let refused = inventory.call(ANN, "POST /api/v1/holds", Some(too_many)).await;
    assert_eq!((refused.status, &refused.body["code"]), (StatusCode::CONFLICT, &json!("sold-out")));
    let bad: &[(Value, &str)] = &[
        (json!({"lines": []}), "lines"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 0}]}), "lines[0].quantity"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 101}]}), "lines[0].quantity"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 99999999999_i64}]}), "lines[0].quantity"),
        (json!({"lines": [{"ticketTypeId": -1, "quantity": 1}]}), "lines[0].ticketTypeId"),
        (json!({"lines": [{"quantity": 1}]}), "lines[0].ticketTypeId"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 1, "seat": "A1"}]}), "lines[0].seat"),
    ];
    for (body, field) in bad {
        let response = inventory.call(ANN, "POST /api/v1/holds", Some(body.clone())).await;
        assert_eq!((response.status, response.fields()), (StatusCode::BAD_REQUEST, vec![*field]), "{body}");
    }
    let unknown = json!({"lines": [{"ticketTypeId": 77, "quantity": 1}]});
    assert_eq!(inventory.call(ANN, "POST /api/v1/holds", Some(unknown)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(inventory.taken().await, (0, 0), "a refused request takes no seats");
}

#[tokio::test]
async fn internal_routes_require_the_credential_of_a_service() {
    let inventory = TestInventory::with_capacity(10).await;
    let hold = json!({"id": "00000000-0000-0000-0000-000000000009", "owner": "ann",
        "lines": [{"ticketTypeId": 1, "quantity": 1}]});
    assert_eq!(inventory.call(ANN, "POST /internal/holds", Some(hold.clone())).await.status, StatusCode::FORBIDDEN);
    let service = ("service:bookings", "operator");
    let taken = inventory.call(service, "POST /internal/holds", Some(hold)).await;
    assert_eq!((taken.status, &taken.body["organizerId"]), (StatusCode::OK, &json!(1)), "{}", taken.body);
    assert_eq!(taken.body["lines"][0]["unitPriceMinor"], 2550);
    let quote = json!({"lines": [{"eventId": 1, "quantity": 3}]});
    let quoted = inventory.call(service, "POST /internal/quotes", Some(quote)).await;
    assert_eq!((&quoted.body["currency"], &quoted.body["lines"][0]["quantity"]), (&json!("EUR"), &json!(3)));
    for (subject, status) in [("olga", StatusCode::NO_CONTENT), ("bob", StatusCode::FORBIDDEN)] {
        let path = format!("/internal/organizers/of-event/1?subject={subject}");
        assert_eq!(inventory.call(service, &format!("GET {path}"), None).await.status, status);
    }
}
