//! Documents 000 to 002: events and venues of an inventory, and bookings.

use axum::http::Method;
use serde_json::{Value, json};

use super::{ANN, BOB, OLGA, OTTO, fields, location, problem};
use crate::system::System;

const EVENT: [&str; 6] = ["capacity", "event", "eventId", "ticketPrice", "totalCapacity", "venue"];

/// A system whose event 2 takes place at venue 1.
async fn with_a_venue() -> System {
    let mut system = System::start().await;
    let venue = json!({"name": "Hall", "address": "1 Road", "totalCapacity": 500});
    system.send_until_done(OLGA, Method::POST, "/api/v1/venues", venue).await;
    let event = json!({"name": "Gala", "venueId": 1, "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR", "capacity": 40,
        "ticketTypes": [{"name": "Floor", "price": 100}, {"name": "Side", "price": 9.90}]});
    system.send_until_done(OLGA, Method::POST, "/api/v1/events", event).await;
    system
}

#[tokio::test]
async fn events_and_venues_are_read_and_capacity_is_set() {
    let system = with_a_venue().await;
    let events = system.get(ANN, "/api/v1/inventory/events").await;
    assert_eq!(events.status, 200, "{}", events.body);
    let [night, gala] = events.body.as_array().unwrap().as_slice() else { panic!("{}", events.body) };
    assert_eq!((fields(night), fields(gala)), (EVENT.to_vec(), EVENT.to_vec()));
    assert_eq!((&night["venue"], &night["event"]), (&Value::Null, &json!("Night")));
    assert_eq!(
        gala.clone(),
        json!({"eventId": 2, "event": "Gala", "capacity": 40, "totalCapacity": 40, "ticketPrice": 9.9,
            "venue": {"id": 1, "name": "Hall", "address": "1 Road", "totalCapacity": 500}})
    );
    assert_eq!(system.get(ANN, "/api/v1/inventory/event/2").await.body, *gala);
    let venue = system.get(ANN, "/api/v1/inventory/venue/1").await;
    assert_eq!(venue.body, json!({"venueId": 1, "venueName": "Hall", "totalCapacity": 500}));

    let capacity =
        async |who, path: &str| system.send_empty(who, Method::PUT, &format!("/api/v1/inventory/event/{path}")).await;
    let set = capacity(OLGA, "2/capacity/50").await;
    assert_eq!((set.status.as_u16(), fields(&set.body), &set.body["capacity"]), (200, EVENT.to_vec(), &json!(50)));
    assert_eq!(capacity(OTTO, "2/capacity/50").await.body, set.body, "absolute: a repetition does nothing more");
    assert_eq!(problem(&capacity(ANN, "2/capacity/60").await), (403, "forbidden"));
    system.send_text(ANN, Method::POST, "/api/v1/booking", r#"{"userId":1,"eventId":2,"ticketCount":10}"#).await;
    assert_eq!(problem(&capacity(OLGA, "2/capacity/9").await).0, 409, "below what is taken");
    assert_eq!(system.get(ANN, "/api/v1/inventory/event/2").await.body["capacity"], 40, "what is left");
}

#[tokio::test]
async fn tickets_are_booked_at_once() {
    let mut system = with_a_venue().await;
    let booked =
        system.send_text(ANN, Method::POST, "/api/v1/booking", r#"{"userId":1,"eventId":2,"ticketCount":3}"#).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    assert_eq!(
        fields(&booked.body),
        ["bookingId", "currency", "eventId", "status", "ticketCount", "totalPrice", "userId"]
    );
    for (field, value) in
        [("userId", json!(1)), ("eventId", json!(2)), ("ticketCount", json!(3)), ("currency", json!("EUR"))]
    {
        assert_eq!(booked.body[field], value, "{field}");
    }
    assert_eq!((&booked.body["totalPrice"], &booked.body["status"]), (&json!(300.0), &json!("PENDING")));
    assert_eq!(location(&booked), format!("/api/v1/booking/{}", booked.body["bookingId"].as_str().unwrap()));
    system.settle().await;
    let read = system.get(ANN, location(&booked)).await;
    assert_eq!((&read.body["status"], &read.body["bookingId"]), (&json!("CONFIRMED"), &booked.body["bookingId"]));
    assert_eq!(problem(&system.get(BOB, location(&booked)).await), (404, "not-found"));
    assert_eq!(system.get(ANN, "/api/v1/inventory/event/2").await.body["capacity"], 37);
}

#[tokio::test]
async fn a_refused_booking_takes_no_seats() {
    let system = with_a_venue().await;
    let refusals = [
        (OTTO, r#"{"userId":4242,"eventId":2,"ticketCount":1}"#, 404, "not-found"),
        (ANN, r#"{"userId":1,"eventId":4242,"ticketCount":1}"#, 404, "not-found"),
        (ANN, r#"{"userId":1,"eventId":1,"ticketCount":11}"#, 409, "sold-out"),
        (BOB, r#"{"userId":1,"eventId":2,"ticketCount":1}"#, 403, "forbidden"),
    ];
    for (who, body, status, code) in refusals {
        let refused = system.send_text(who, Method::POST, "/api/v1/booking", body).await;
        assert_eq!(problem(&refused), (status, code), "{body}: {}", refused.body);
    }
    for (path, status) in [
        ("event/4242", 404),
        ("event/x", 400),
        ("venue/4242", 404),
        ("venue/x", 400),
        ("event/", 404),
        ("events/", 404),
        ("event/1/capacity", 404),
    ] {
        let refused = system.get(ANN, &format!("/api/v1/inventory/{path}")).await;
        assert_eq!(problem(&refused).0, status, "{path}");
        if status == 400 {
            let name = if path.starts_with("event") { "eventId" } else { "venueId" };
            assert_eq!(refused.body["errors"][0]["field"], name, "{}", refused.body);
        }
    }
    assert_eq!(system.seats().await, (10, 0, 0));
}
