//! Document 004: users, events with seats, bookings and notifications.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;

use super::{ANN, BOB, OTTO, fields, location, problem};
use crate::system::System;

const USER: &str = r#"curl -X POST http://localhost:3000/api/users \
  -H "Content-Type: application/json" \
  -d '{
    "name": "John Doe",
    "email": "john@example.com"
  }'"#;

const EVENT: &str = r#"curl -X POST http://localhost:3000/api/events \
  -H "Content-Type: application/json" \
  -d '{
    "title": "Tech Conference 2025",
    "description": "Annual technology conference",
    "total_seats": 100,
    "event_date": "2025-08-15T09:00:00Z"
  }'"#;

const BOOKING: &str = r#"curl -X POST http://localhost:3000/api/bookings \
  -H "Content-Type: application/json" \
  -d '{
    "user_id": 1,
    "event_id": 1,
    "seats_booked": 2
  }'"#;

#[tokio::test]
async fn a_user_is_created_and_read() {
    let system = System::start().await;
    let made = system.curl(OTTO, USER).await;
    assert_eq!((made.status.as_u16(), location(&made)), (201, "/api/users/3"), "{}", made.body);
    assert_eq!(fields(&made.body), ["created_at", "email", "id", "name", "updated_at"]);
    assert_eq!((&made.body["name"], &made.body["email"]), (&json!("John Doe"), &json!("john@example.com")));
    assert_eq!(system.get(OTTO, "/api/users/3").await.body, made.body);
    assert_eq!(system.get(OTTO, "/api/users").await.body[2], made.body);
    assert_eq!(problem(&system.curl(OTTO, USER).await), (409, "email-taken"));
    let refused = system.curl(OTTO, &USER.replace("john@example.com", "john")).await;
    assert_eq!((problem(&refused), &refused.body["errors"][0]["field"]), ((400, "invalid"), &json!("email")));
    assert_eq!(problem(&system.get(ANN, "/api/users").await), (403, "forbidden"));
}

#[tokio::test]
async fn users_are_replaced_and_deleted() {
    let mut system = System::start().await;
    system.curl(OTTO, USER).await;
    let path = "/api/users/3";
    let put = async |who, body: &str| system.send_text(who, Method::PUT, path, body).await;
    let changed = put(OTTO, r#"{"name": "Jane Doe", "email": "jane@example.com"}"#).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.body["email"]),
        (200, &json!("jane@example.com")),
        "{}",
        changed.body
    );
    assert_eq!(system.get(OTTO, path).await.body, changed.body);
    assert_eq!(problem(&put(OTTO, r#"{"name": "Jane Doe", "email": "ann@example.org"}"#).await), (409, "email-taken"));
    assert_eq!(problem(&put(ANN, r#"{"name": "Jane Doe", "email": "jane@example.com"}"#).await), (404, "not-found"));
    let gone = system.send_empty(OTTO, Method::DELETE, path).await;
    assert_eq!((gone.status.as_u16(), &gone.body), (204, &json!(null)));
    assert_eq!(problem(&system.get(OTTO, path).await), (404, "not-found"));
    assert_eq!(system.curl(OTTO, BOOKING).await.status, 201);
    system.settle().await;
    assert_eq!(problem(&system.send_empty(OTTO, Method::DELETE, "/api/users/1").await), (409, "bookings-exist"));
}

#[tokio::test]
async fn events_are_created_replaced_and_deleted() {
    let system = System::start().await;
    let command = EVENT.replace("2025-08-15", "2035-08-15");
    let past = system.curl(OTTO, EVENT).await;
    assert_eq!((problem(&past), &past.body["errors"][0]["field"]), ((400, "invalid"), &json!("event_date")));
    let made = system.curl(OTTO, &command).await;
    assert_eq!((made.status.as_u16(), location(&made)), (201, "/api/events/2"), "{}", made.body);
    assert_eq!(
        made.body,
        json!({"id": 2, "title": "Tech Conference 2025", "description": "Annual technology conference",
            "total_seats": 100, "available_seats": 100, "event_date": "2035-08-15T09:00:00Z", "price": 0.0})
    );
    assert_eq!(system.get(ANN, "/api/events/2").await.body, made.body);
    assert_eq!(system.get(ANN, "/api/events").await.body[1], made.body);
    let priced = command.replace(r#""total_seats": 100"#, r#""total_seats": 5, "price": 12.50"#);
    assert_eq!(system.curl(("olga", "organizer"), &priced).await.body["price"], 12.5);
    assert_eq!(problem(&system.curl(ANN, &command).await), (403, "forbidden"));
    for (field, invalid) in [
        ("total_seats", command.replace("100", "0")),
        ("title", command.replace("Tech Conference 2025", "")),
        ("event_date", command.replace("2035-08-15T09:00:00Z", "soon")),
        ("price", priced.replace("12.50", "-1")),
    ] {
        let refused = system.curl(OTTO, &invalid).await;
        assert_eq!(
            (problem(&refused), &refused.body["errors"][0]["field"]),
            ((400, "invalid"), &json!(field)),
            "{invalid}"
        );
    }
    let body = r#"{"title": "Moved", "description": "", "total_seats": 120, "event_date": "2036-08-15T09:00:00Z"}"#;
    let moved = system.send_text(("olga", "organizer"), Method::PUT, "/api/events/2", body).await;
    assert_eq!(
        (moved.status.as_u16(), &moved.body["title"], &moved.body["available_seats"]),
        (200, &json!("Moved"), &json!(120))
    );
    let gone = system.send_empty(("olga", "organizer"), Method::DELETE, "/api/events/2").await;
    assert_eq!(gone.status, 204);
    assert_eq!(problem(&system.get(ANN, "/api/events/2").await), (404, "not-found"));
    assert_eq!(system.curl(OTTO, BOOKING).await.status, 201);
    assert_eq!(problem(&system.send_empty(OTTO, Method::DELETE, "/api/events/1").await), (409, "in-use"));
    let fewer = r#"{"title": "Night", "total_seats": 1, "event_date": "2036-08-15T09:00:00Z"}"#;
    assert_eq!(problem(&system.send_text(OTTO, Method::PUT, "/api/events/1", fewer).await), (409, "capacity-taken"));
}

#[tokio::test]
async fn seats_are_booked_notified_and_released() {
    let mut system = System::start().await;
    let booked = system.curl(OTTO, BOOKING).await;
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
    let seats = system.get(ANN, "/api/events/1/availability").await.body;
    assert_eq!(seats, json!({"event_id": 1, "total_seats": 10, "available_seats": 8, "available": true}));
    system.settle().await;
    let booked = system.get(ANN, &format!("/api/bookings/{id}")).await.body;
    for (who, path) in [
        (ANN, "/api/bookings"),
        (OTTO, "/api/bookings?user_id=1&event_id=1&status=confirmed"),
        (ANN, "/api/bookings/user/1"),
        (ANN, "/api/users/1/bookings"),
        (("olga", "organizer"), "/api/events/1/bookings"),
    ] {
        assert_eq!(system.get(who, path).await.body, json!([booked]), "{path}");
    }
    assert_eq!(system.get(OTTO, "/api/bookings?user_id=2").await.body, json!([]));
    assert_eq!(problem(&system.get(BOB, "/api/bookings/user/1").await), (403, "forbidden"));

    let notifications = system.get(ANN, &format!("/api/notifications/booking/{id}")).await.body;
    assert_eq!(fields(&notifications[0]), ["booking_id", "created_at", "id", "message", "read", "status"]);
    assert_eq!((&notifications[0]["booking_id"], &notifications[0]["status"]), (&json!(id), &json!("sent")));
    assert_eq!(notifications.as_array().unwrap().len(), 1, "one for each booking and kind");
    assert_eq!(system.get(ANN, "/api/notifications").await.body, notifications);
    let notification = format!("/api/notifications/{}", notifications[0]["id"].as_str().unwrap());
    for (method, mark, read) in [
        (Method::PUT, "read", true),
        (Method::PATCH, "unread", false),
        (Method::PATCH, "read", true),
        (Method::PUT, "unread", false),
    ] {
        let marked = system.send_empty(ANN, method.clone(), &format!("{notification}/{mark}")).await;
        assert_eq!((marked.status.as_u16(), &marked.body["read"]), (200, &json!(read)), "{method} {mark}");
        assert_eq!(system.get(ANN, &notification).await.body, marked.body);
    }

    for _ in 0..2 {
        let cancelled = system.send_empty(ANN, Method::DELETE, &format!("/api/bookings/{id}")).await;
        assert_eq!((cancelled.status.as_u16(), &cancelled.body["booking_status"]), (200, &json!("cancelled")));
    }
    system.settle().await;
    assert_eq!(system.get(ANN, "/api/events/1").await.body["available_seats"], 10);
}

/// Ten concurrent requests for one seat each, with five seats available.
#[tokio::test(flavor = "multi_thread")]
async fn five_seats_are_sold_to_five_customers() {
    let system = System::start().await;
    let event = EVENT.replace("2025-08-15", "2035-08-15").replace("100", "5");
    assert_eq!(system.curl(OTTO, &event).await.status, 201);
    let one =
        BOOKING.replace(r#""event_id": 1"#, r#""event_id": 2"#).replace(r#""seats_booked": 2"#, r#""seats_booked": 1"#);
    let shared = Arc::new(system);
    let attempts = (0..10).map(|_| {
        let (system, one) = (shared.clone(), one.clone());
        tokio::spawn(async move { system.curl(OTTO, &one).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        statuses.push(attempt.await.unwrap());
    }
    let mut system = Arc::into_inner(shared).expect("all clients have finished");
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 409, 409, 409, 409, 409]);
    system.settle().await;
    assert_eq!(system.get(ANN, "/api/events/2").await.body["available_seats"], 0);
    let sold = system.get(OTTO, "/api/bookings?event_id=2").await.body;
    assert_eq!(sold.as_array().unwrap().len(), 5);
}
