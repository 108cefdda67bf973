//! Document 004: users, events with seats, bookings and notifications.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;

use super::{ANN, BOB, OTTO, fields, location, problem};
use crate::town::Town;

const USER: &str = r#"curl -X POST http://localhost:3000/api/users \
  -H "Content-Type: application/json" \
  -d '{
    "name": "John Doe",
    "email": "john@example.com"
  }'"#;

const BOOKING: &str = r#"curl -X POST http://localhost:3000/api/bookings \
  -H "Content-Type: application/json" \
  -d '{
    "user_id": 1,
    "event_id": 1,
    "seats_booked": 2
  }'"#;

#[tokio::test]
async fn a_user_is_made_and_read() {
    let town = Town::open().await;
    let made = town.curl(OTTO, USER).await;
    assert_eq!((made.status.as_u16(), location(&made)), (201, "/api/users/3"), "{}", made.body);
    assert_eq!(fields(&made.body), ["created_at", "email", "id", "name", "updated_at"]);
    assert_eq!((&made.body["name"], &made.body["email"]), (&json!("John Doe"), &json!("john@example.com")));
    assert_eq!(town.get(OTTO, "/api/users/3").await.body, made.body);
    assert_eq!(town.get(OTTO, "/api/users").await.body[2], made.body);
    assert_eq!(problem(&town.curl(OTTO, USER).await), (409, "email-taken"));
    let refused = town.curl(OTTO, &USER.replace("john@example.com", "john")).await;
    assert_eq!((problem(&refused), &refused.body["errors"][0]["field"]), ((400, "invalid"), &json!("email")));
    assert_eq!(problem(&town.get(ANN, "/api/users").await), (403, "forbidden"));
}

#[tokio::test]
async fn seats_are_booked_told_of_and_given_back() {
    let mut town = Town::open().await;
    let booked = town.curl(OTTO, BOOKING).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    assert_eq!(
        fields(&booked.body),
        ["booking_status", "created_at", "event_id", "id", "seats_booked", "updated_at", "user_id"]
    );
    for (field, value) in [
        ("user_id", json!(1)),
        ("event_id", json!(1)),
        ("seats_booked", json!(2)),
        ("booking_status", json!("confirmed")),
    ] {
        assert_eq!(booked.body[field], value, "{field}");
    }
    let id = booked.body["id"].as_str().unwrap().to_owned();
    assert_eq!(location(&booked), format!("/api/bookings/{id}"));
    let seats = town.get(ANN, "/api/events/1/availability").await.body;
    assert_eq!(seats, json!({"event_id": 1, "total_seats": 10, "available_seats": 8, "available": true}));
    town.settle().await;
    let booked = town.get(ANN, &format!("/api/bookings/{id}")).await.body;
    for (who, path) in [
        (ANN, "/api/bookings"),
        (OTTO, "/api/bookings?user_id=1&event_id=1&status=confirmed"),
        (ANN, "/api/bookings/user/1"),
        (ANN, "/api/users/1/bookings"),
        (("olga", "organizer"), "/api/events/1/bookings"),
    ] {
        assert_eq!(town.get(who, path).await.body, json!([booked]), "{path}");
    }
    assert_eq!(town.get(OTTO, "/api/bookings?user_id=2").await.body, json!([]));
    assert_eq!(problem(&town.get(BOB, "/api/bookings/user/1").await), (403, "forbidden"));

    let letters = town.get(ANN, &format!("/api/notifications/booking/{id}")).await.body;
    assert_eq!(fields(&letters[0]), ["booking_id", "created_at", "id", "message", "read", "status"]);
    assert_eq!((&letters[0]["booking_id"], &letters[0]["status"]), (&json!(id), &json!("sent")));
    assert_eq!(letters.as_array().unwrap().len(), 1, "one for each booking and kind");
    assert_eq!(town.get(ANN, "/api/notifications").await.body, letters);
    let letter = format!("/api/notifications/{}", letters[0]["id"].as_str().unwrap());
    for (method, mark, read) in [
        (Method::PUT, "read", true),
        (Method::PATCH, "unread", false),
        (Method::PATCH, "read", true),
        (Method::PUT, "unread", false),
    ] {
        let marked = town.asks(ANN, method.clone(), &format!("{letter}/{mark}")).await;
        assert_eq!((marked.status.as_u16(), &marked.body["read"]), (200, &json!(read)), "{method} {mark}");
        assert_eq!(town.get(ANN, &letter).await.body, marked.body);
    }

    for _ in 0..2 {
        let cancelled = town.asks(ANN, Method::DELETE, &format!("/api/bookings/{id}")).await;
        assert_eq!((cancelled.status.as_u16(), &cancelled.body["booking_status"]), (200, &json!("cancelled")));
    }
    town.settle().await;
    assert_eq!(town.get(ANN, "/api/events/1").await.body["available_seats"], 10);
}

/// Five seats, and ten who want one each at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn five_seats_are_sold_five_times() {
    let mut town = Town::open().await;
    let event = json!({"name": "Small", "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR", "capacity": 5});
    town.must(("olga", "organizer"), Method::POST, "/api/v1/events", event).await;
    let one =
        BOOKING.replace(r#""event_id": 1"#, r#""event_id": 2"#).replace(r#""seats_booked": 2"#, r#""seats_booked": 1"#);
    let shared = Arc::new(town);
    let attempts = (0..10).map(|_| {
        let (town, one) = (shared.clone(), one.clone());
        tokio::spawn(async move { town.curl(OTTO, &one).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        statuses.push(attempt.await.unwrap());
    }
    let mut town = Arc::into_inner(shared).expect("nobody else has it any more");
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 409, 409, 409, 409, 409]);
    town.settle().await;
    assert_eq!(town.get(ANN, "/api/events/2").await.body["available_seats"], 0);
    let sold = town.get(OTTO, "/api/bookings?event_id=2").await.body;
    assert_eq!(sold.as_array().unwrap().len(), 5);
}
