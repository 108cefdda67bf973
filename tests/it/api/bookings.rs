//! The rules for bookings, holds and cancellations.

use std::time::Duration;

use axum::http::Method;
use boxoffice_clock::{Clock, Stopwatch};
use serde_json::{Value, json};

use super::fixture::{OTTO, id, line};
use crate::{
    journeys::{ANN, two},
    system::{System, TestResponse},
};

async fn post(system: &System, path: &str, body: &Value) -> TestResponse {
    system.send(ANN, Method::POST, &format!("/api/v1/{path}"), Some(body), &[]).await
}

/// The status, the code and the first named field of a problem.
fn refusal(answer: &TestResponse) -> (u16, &str, &str) {
    let code = answer.body["code"].as_str().unwrap_or("none");
    let field = answer.body["errors"][0]["field"].as_str().unwrap_or("none");
    (answer.status.as_u16(), code, field)
}

#[tokio::test]
async fn lines_have_limits() {
    let mut system = System::start().await;
    system.send_until_done(OTTO, Method::PUT, "/api/v1/events/1/capacity", json!({"capacity": 10_000})).await;
    for path in ["holds", "bookings", "orders"] {
        for (lines, field) in [
            (json!([]), "lines"),
            (Value::Array(vec![line(1, 1); 21]), "lines"),
            (json!([line(1, 101)]), "lines[0].quantity"),
            (json!([line(1, 1), line(1, 0)]), "lines[1].quantity"),
            (json!([{"quantity": 1}]), "lines[0].ticketTypeId"),
            (json!([{"ticketTypeId": 1, "eventId": 1, "quantity": 1}]), "lines[0].ticketTypeId"),
            (json!([{"ticketTypeId": 1}]), "lines[0].quantity"),
        ] {
            let refused = post(&system, path, &json!({"lines": lines})).await;
            assert_eq!(refusal(&refused), (400, "invalid", field), "{path} {lines}: {}", refused.body);
        }
        for (lines, what) in [(json!([line(99, 1)]), "type"), (json!([{"eventId": 99, "quantity": 1}]), "event")] {
            let refused = post(&system, path, &json!({"lines": lines})).await;
            assert_eq!((refused.status.as_u16(), &refused.body["code"]), (404, &json!("not-found")), "{path} {what}");
        }
        let most = post(&system, path, &json!({"lines": vec![line(1, 100); 20]})).await;
        assert_eq!(most.status, 201, "{path}: {}", most.body);
        assert_eq!((&most.body["total"], most.body["lines"].as_array().unwrap().len()), (&json!(51_000.0), 20));
        let first = post(&system, path, &json!({"lines": [{"eventId": 1, "quantity": 3}]})).await;
        let line_of_booking = &first.body["lines"][0];
        assert_eq!(
            (
                &line_of_booking["ticketTypeId"],
                &line_of_booking["name"],
                &line_of_booking["unitPrice"],
                &line_of_booking["amount"],
                &line_of_booking["quantity"]
            ),
            (&json!(1), &json!("Floor"), &json!(25.5), &json!(76.5), &json!(3)),
            "{path}: {line_of_booking}"
        );
        system.settle().await;
    }
}

#[tokio::test]
async fn lines_are_of_one_seller_and_currency() {
    let mut system = System::start().await;
    let oscar = ("oscar", "organizer");
    system.send_until_done(oscar, Method::POST, "/api/v1/organizers", json!({"name": "Other"})).await;
    for (who, currency) in [(oscar, "EUR"), (("olga", "organizer"), "JPY")] {
        let event = json!({"name": "Day", "startsAt": "2035-06-01T19:30:00Z", "currency": currency, "capacity": 10});
        let event = system.send_until_done(who, Method::POST, "/api/v1/events", event).await;
        let other = event.body["ticketTypes"][0]["id"].as_i64().unwrap();
        for path in ["holds", "bookings", "orders"] {
            let mixed = post(&system, path, &json!({"lines": [line(1, 1), line(other, 1)]})).await;
            assert_eq!((mixed.status.as_u16(), &mixed.body["code"]), (400, &json!("mixed-lines")), "{path} {currency}");
        }
    }
    assert_eq!(system.seats().await, (10, 0, 0));
}

#[tokio::test]
async fn only_known_payment_tokens_are_accepted() {
    let system = System::start().await;
    for path in ["bookings", "orders"] {
        let with = |token: &str| json!({"lines": [line(1, 1)], "paymentToken": token});
        let unknown = post(&system, path, &with("tok_nope")).await;
        assert_eq!(refusal(&unknown), (400, "unknown-payment-token", "paymentToken"), "{path}");
        for card in ["4242424242424242", "4242 4242 4242 4242", "4000-0566-5566-5556", "378282246310005"] {
            let refused = post(&system, path, &with(card)).await;
            assert_eq!(refusal(&refused), (400, "card-data-refused", "paymentToken"), "{path} {card}");
            assert!(!refused.body.to_string().contains(&card[..8]), "{path}: it is not repeated: {}", refused.body);
            let elsewhere = json!({"lines": [line(1, 1)], "card": card, "note": card});
            let refused = post(&system, path, &elsewhere).await;
            assert_eq!(refused.status, 400, "{path} {card}");
            assert!(!refused.body.to_string().contains(&card[..8]), "{path}: it is not repeated: {}", refused.body);
        }
    }
    assert_eq!(system.seats().await, (10, 0, 0));
}

#[tokio::test]
async fn only_open_bookings_are_cancelled() {
    let mut system = System::start().await;
    let failed = id(&post(&system, "bookings", &two("tok_declined")).await.body);
    let fine = id(&post(&system, "bookings", &two("tok_ok")).await.body);
    system.settle().await;
    let refused = post(&system, &format!("bookings/{failed}/cancel"), &Value::Null).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("not-cancellable")));
    let mut bodies = Vec::new();
    for key in [None, None, Some("a"), Some("a"), Some("b")] {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let path = format!("/api/v1/bookings/{fine}/cancel");
        let cancelled = system.send(ANN, Method::POST, &path, None, &headers).await;
        assert_eq!((cancelled.status.as_u16(), &cancelled.body["status"]), (200, &json!("CANCELLED")));
        assert_eq!(cancelled.body["reason"], "cancelled");
        bodies.push(cancelled.body);
        system.settle().await;
    }
    assert_eq!(bodies[1], bodies[4], "repeated, it changes nothing");
    assert_eq!(system.booking(&fine).await["refund"], "done");
    assert_eq!(system.seats().await, (10, 0, 0));
}

#[tokio::test]
async fn prefer_wait_is_applied_until_the_booking_ends() {
    let system = System::start().await;
    for (path, prefer, applied) in [
        ("bookings", "wait=10", "wait=10"),
        ("orders", "wait=10", "wait=10"),
        ("bookings", "wait=3600", "wait=30"),
        ("orders", "wait=3600", "wait=30"),
    ] {
        let path = format!("/api/v1/{path}");
        let clock = Stopwatch::start();
        let done = system.send(ANN, Method::POST, &path, Some(&two("tok_ok")), &[("prefer", prefer)]).await;
        assert_eq!((done.status.as_u16(), &done.body["status"]), (201, &json!("CONFIRMED")), "{path}: {}", done.body);
        assert!(clock.elapsed() < Duration::from_secs(9), "{path}: it waits no longer than it has to");
        assert_eq!(done.headers["preference-applied"], applied, "{path}");
        let cancel = format!("/api/v1/bookings/{}/cancel", id(&done.body));
        assert_eq!(system.send(ANN, Method::POST, &cancel, None, &[]).await.status, 200);
    }
    let clock = Stopwatch::start();
    let silent =
        system.send(ANN, Method::POST, "/api/v1/bookings", Some(&two("tok_silent")), &[("prefer", "wait=1")]).await;
    assert_eq!((silent.status.as_u16(), &silent.body["status"]), (201, &json!("PENDING")));
    assert!(clock.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_hold_is_released_once_and_not_after_it_is_claimed() {
    let mut system = System::start().await;
    let hold = post(&system, "holds", &json!({"lines": [line(1, 4)]})).await.body;
    assert_eq!((&hold["status"], &hold["total"], &hold["currency"]), (&json!("held"), &json!(102.0), &json!("EUR")));
    let life = hold["expiresAt"].as_str().unwrap().parse::<boxoffice_clock::Timestamp>().unwrap();
    let life = life.since(Clock::system().now());
    assert!(life > Duration::from_secs(590) && life <= Duration::from_secs(600), "a hold lives ten minutes: {life:?}");
    assert_eq!(system.seats().await, (6, 4, 0));
    let path = format!("/api/v1/holds/{}", id(&hold));
    for _ in 0..2 {
        assert_eq!(system.send(ANN, Method::DELETE, &path, None, &[]).await.status, 204);
        assert_eq!(system.get(ANN, &path).await.body["status"], "released");
        assert_eq!(system.seats().await, (10, 0, 0));
    }
    let over = post(&system, "bookings", &json!({"holdId": hold["id"]})).await;
    assert_eq!((over.status.as_u16(), &over.body["code"]), (409, &json!("hold-over")));

    let hold = post(&system, "holds", &json!({"lines": [line(1, 4)]})).await.body;
    let booked = post(&system, "bookings", &json!({"holdId": hold["id"]})).await;
    assert_eq!((booked.status.as_u16(), &booked.body["id"]), (201, &hold["id"]));
    system.settle().await;
    let path = format!("/api/v1/holds/{}", id(&hold));
    assert_eq!(system.get(ANN, &path).await.body["status"], "sold");
    let kept = system.send(ANN, Method::DELETE, &path, None, &[]).await;
    assert_eq!((kept.status.as_u16(), &kept.body["code"]), (409, &json!("hold-claimed")));
    assert_eq!(system.seats().await, (6, 0, 4));
}

#[tokio::test]
async fn an_unclaimed_hold_expires() {
    let mut system = System::start_with(None, &[("BOXOFFICE_INVENTORY_HOLD_LIFE", "300ms")]).await;
    let hold = post(&system, "holds", &json!({"lines": [line(1, 4)]})).await.body;
    let path = format!("/api/v1/holds/{}", id(&hold));
    let (clock, limit) = (Clock::system(), Stopwatch::start());
    while system.get(ANN, &path).await.body["status"] == "held" {
        assert!(limit.elapsed() < Duration::from_secs(20), "it never expires");
        clock.sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(system.get(ANN, &path).await.body["status"], "expired");
    assert_eq!(system.seats().await, (10, 0, 0));
    let late = post(&system, "bookings", &json!({"holdId": hold["id"]})).await;
    assert_eq!((late.status.as_u16(), &late.body["code"]), (409, &json!("hold-over")));
    system.settle().await;
}

#[tokio::test]
async fn a_free_booking_is_not_charged() {
    let mut system = System::start().await;
    let free = post(&system, "bookings", &json!({"lines": [line(2, 2)]})).await;
    system.settle().await;
    let id = id(&free.body);
    assert_eq!(system.booking(&id).await["status"], "CONFIRMED");
    let entries = system.get(ANN, &format!("/api/v1/orders/{id}/payments")).await.body;
    assert_eq!(entries.as_array().unwrap().len(), 1, "{entries}");
    assert_eq!((&entries[0]["kind"], entries[0]["amount"].as_f64()), (&json!("free"), Some(0.0)));
}

#[tokio::test]
async fn idempotency_keys_are_short_and_printable() {
    let system = System::start().await;
    let long = "k".repeat(256);
    for key in ["", " ", "a b", "ä", &long] {
        let headers = [("idempotency-key", key)];
        let refused = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&two("tok_ok")), &headers).await;
        assert_eq!(refusal(&refused), (400, "invalid", "Idempotency-Key"), "{key:?}");
    }
    let most = [("idempotency-key", &long[..255])];
    let placed = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&two("tok_ok")), &most).await;
    assert_eq!(placed.status, 201);
}
