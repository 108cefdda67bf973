//! Whole sagas through the gateway.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::system::{System, TestResponse};

pub const ANN: (&str, &str) = ("ann", "customer");
const BOB: (&str, &str) = ("bob", "customer");
const OTTO: (&str, &str) = ("otto", "operator");

pub fn two(token: &str) -> Value {
    json!({"lines": [{"ticketTypeId": 1, "quantity": 2}], "paymentToken": token})
}

fn id(answer: &TestResponse) -> String {
    answer.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", answer.body)).to_owned()
}

/// The states that the timeline shows, in order.
fn states(booking: &Value) -> Vec<&str> {
    booking["timeline"].as_array().unwrap().iter().filter_map(|entry| entry["state"].as_str()).collect()
}

#[tokio::test]
async fn a_ticket_is_sold() {
    let mut system = System::start().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    assert_eq!(placed.status, StatusCode::CREATED);
    assert_eq!(placed.body["total"].to_string(), "51.0", "51.00 as serde_json shows it");
    system.settle().await;
    let id = id(&placed);
    let booking = system.booking(&id).await;
    assert_eq!(booking["status"], "CONFIRMED", "{booking}");
    let tickets = booking["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 2);
    assert!(tickets.iter().all(|ticket| ticket["status"] == "valid" && ticket["code"].as_str().unwrap().len() >= 16));
    assert!(states(&booking).len() >= 3, "{booking}");
    assert_eq!(system.seats().await, (8, 0, 2));

    let order = system.get(ANN, &format!("/api/v1/orders/{id}")).await.body;
    assert_eq!(order["status"], "CONFIRMED");
    let history = system.get(ANN, &format!("/api/v1/orders/{id}/history")).await.body;
    let steps: Vec<_> = history.as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(steps, ["CREATED", "RESERVED", "PAID", "CONFIRMED"]);
    let payments = system.get(ANN, &format!("/api/v1/orders/{id}/payments")).await.body;
    let kinds: Vec<_> = payments.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["intent", "captured"]);
    let notifications = system.get(ANN, &format!("/api/v1/bookings/{id}/notifications")).await.body;
    assert_eq!(notifications.as_array().unwrap().len(), 1);
    assert_eq!((&notifications[0]["kind"], &notifications[0]["status"]), (&json!("booking-confirmed"), &json!("sent")));

    for path in ["bookings", "orders"] {
        let other = system.get(BOB, &format!("/api/v1/{path}/{id}")).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "another's {path} is not found");
        assert_eq!(system.get(BOB, &format!("/api/v1/{path}")).await.body, json!([]));
    }
}

#[tokio::test]
async fn a_declined_payment_releases_the_hold() {
    let mut system = System::start().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_declined")).await;
    system.settle().await;
    let booking = system.booking(&id(&placed)).await;
    assert_eq!((&booking["status"], &booking["reason"]), (&json!("FAILED"), &json!("declined")));
    assert_eq!((&booking["tickets"], &booking["refund"]), (&json!([]), &json!("none")));
    assert_eq!(system.seats().await, (10, 0, 0));
    let notifications = system.get(ANN, "/api/v1/notifications").await.body;
    assert_eq!(notifications[0]["kind"], "booking-failed");
}

#[tokio::test]
async fn payments_retries_until_the_provider_answers() {
    let mut system = System::start().await;
    let yes = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_silent_then_ok")).await;
    let no = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_silent_then_declined")).await;
    let slow = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_slow")).await;
    assert_eq!(system.booking(&id(&yes)).await["status"], "PENDING");
    system.settle().await;
    for (placed, status) in [(yes, "CONFIRMED"), (no, "FAILED"), (slow, "CONFIRMED")] {
        let booking = system.booking(&id(&placed)).await;
        assert_eq!(booking["status"], status, "{booking}");
    }
    assert_eq!(system.seats().await, (6, 0, 4));
}

#[tokio::test]
async fn a_booking_expires_without_a_payment() {
    let mut system = System::start_with(None, &[("BOXOFFICE_PAYMENTS_DEADLINE", "400ms")]).await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_silent")).await;
    system.settle().await;
    let booking = system.booking(&id(&placed)).await;
    assert_eq!((&booking["status"], &booking["reason"]), (&json!("EXPIRED"), &json!("expired")), "{booking}");
    assert_eq!(system.seats().await, (10, 0, 0));
}

#[tokio::test]
async fn a_confirmed_booking_is_cancelled_and_refunded_once() {
    let mut system = System::start().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    system.settle().await;
    let id = id(&placed);
    let cancel = format!("/api/v1/bookings/{id}/cancel");
    let other = system.send(BOB, Method::POST, &cancel, None, &[]).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    for _ in 0..2 {
        let cancelled = system.send(ANN, Method::POST, &cancel, None, &[]).await;
        assert_eq!(
            (cancelled.status, &cancelled.body["status"]),
            (StatusCode::OK, &json!("CANCELLED")),
            "{}",
            cancelled.body
        );
    }
    system.settle().await;
    let booking = system.booking(&id).await;
    assert_eq!((&booking["status"], &booking["refund"]), (&json!("CANCELLED"), &json!("done")), "{booking}");
    assert!(booking["tickets"].as_array().unwrap().iter().all(|ticket| ticket["status"] == "void"));
    assert_eq!(system.seats().await, (10, 0, 0));
    let payments = system.get(ANN, &format!("/api/v1/orders/{id}/payments")).await.body;
    assert_eq!(payments.as_array().unwrap().iter().filter(|entry| entry["kind"] == "refunded").count(), 1);
}

#[tokio::test]
async fn an_operator_cancels_through_the_order_status() {
    let mut system = System::start().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    system.settle().await;
    let id = id(&placed);
    let path = format!("/api/v1/orders/{id}/status");
    let set = async |who: (&str, &str), status: &str| {
        system.send(who, Method::PUT, &path, Some(&json!({"status": status})), &[]).await
    };
    assert_eq!(set(ANN, "CANCELLED").await.status, StatusCode::FORBIDDEN);
    let refused = set(OTTO, "PAID").await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("status-not-settable")));
    for _ in 0..2 {
        let order = set(OTTO, "CANCELLED").await;
        assert_eq!((order.status.as_u16(), &order.body["status"]), (200, &json!("CANCELLED")), "{}", order.body);
    }
    system.settle().await;
    let booking = system.booking(&id).await;
    assert_eq!((&booking["status"], &booking["refund"]), (&json!("CANCELLED"), &json!("done")), "{booking}");
    let cancelled = booking["timeline"].as_array().unwrap().iter().find(|entry| entry["state"] == "CANCELLED");
    assert_eq!(cancelled.unwrap()["by"], "otto");
    assert_eq!(system.seats().await, (10, 0, 0));

    let failed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_declined")).await;
    system.settle().await;
    let path = format!("/api/v1/orders/{}/status", failed.body["id"].as_str().unwrap());
    let refused = system.send(OTTO, Method::PUT, &path, Some(&json!({"status": "CANCELLED"})), &[]).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("not-cancellable")));
}

#[tokio::test]
async fn a_customer_lists_the_payments_of_all_orders() {
    let mut system = System::start().await;
    let mut ids = Vec::new();
    for (who, token) in [(ANN, "tok_ok"), (BOB, "tok_ok"), (ANN, "tok_declined")] {
        ids.push(id(&system.send_until_done(who, Method::POST, "/api/v1/bookings", two(token)).await));
    }
    system.settle().await;
    let cancel = format!("/api/v1/bookings/{}/cancel", ids[0]);
    assert_eq!(system.send(ANN, Method::POST, &cancel, None, &[]).await.status, StatusCode::OK);
    system.settle().await;
    let entries = async |who: (&str, &str), query: &str| -> Vec<(String, String)> {
        let listed = system.get(who, &format!("/api/v1/payments{query}")).await.body;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(|entry| (text(&entry["orderId"]), text(&entry["kind"]))).collect()
    };
    let of =
        |n: usize, kinds: &[&str]| kinds.iter().map(|kind| (ids[n].clone(), (*kind).to_owned())).collect::<Vec<_>>();
    let (first, bobs, last) =
        (of(0, &["refunded", "captured", "intent"]), of(1, &["captured", "intent"]), of(2, &["declined", "intent"]));
    assert_eq!(entries(ANN, "").await, [last.clone(), first.clone()].concat());
    assert_eq!(entries(BOB, "").await, bobs);
    assert_eq!(entries(OTTO, "").await, [last, bobs.clone(), first].concat());
    assert_eq!(entries(OTTO, "?userId=2").await, bobs);
    assert_eq!(entries(ANN, "?kind=refunded").await, of(0, &["refunded"]));
}

#[tokio::test]
async fn a_cancelled_booking_is_refunded_after_a_late_payment() {
    let mut system = System::start().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_silent_then_ok")).await;
    let id = id(&placed);
    let cancelled = system.send(ANN, Method::POST, &format!("/api/v1/bookings/{id}/cancel"), None, &[]).await;
    assert_eq!(cancelled.body["status"], "CANCELLED", "{}", cancelled.body);
    system.settle().await;
    assert_eq!(system.booking(&id).await["status"], "CANCELLED");
    assert_eq!(system.seats().await, (10, 0, 0));
    let payments = system.get(ANN, &format!("/api/v1/orders/{id}/payments")).await.body;
    let count = |kind: &str| payments.as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!(count("captured"), count("refunded"), "{payments}");
}

#[tokio::test]
async fn a_sold_out_line_refuses_the_whole_booking() {
    let mut system = System::start().await;
    let lines = json!({"lines": [{"ticketTypeId": 1, "quantity": 6}, {"ticketTypeId": 2, "quantity": 6}]});
    let refused = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&lines), &[]).await;
    assert_eq!((refused.status, &refused.body["code"]), (StatusCode::CONFLICT, &json!("sold-out")), "{}", refused.body);
    let order = system
        .send_until_done(ANN, Method::POST, "/api/v1/orders", json!({"lines": [{"ticketTypeId": 1, "quantity": 6}]}))
        .await;
    system.settle().await;
    let late = system
        .send_until_done(BOB, Method::POST, "/api/v1/orders", json!({"lines": [{"ticketTypeId": 2, "quantity": 6}]}))
        .await;
    system.settle().await;
    assert_eq!(system.booking(&id(&order)).await["status"], "CONFIRMED");
    let late = system.get(BOB, &format!("/api/v1/orders/{}", id(&late))).await.body;
    assert_eq!((&late["status"], &late["reason"]), (&json!("FAILED"), &json!("sold-out")));
    assert_eq!(system.seats().await, (4, 0, 6));
}

#[tokio::test]
async fn a_booking_claims_its_hold_once() {
    let mut system = System::start().await;
    let hold = system
        .send_until_done(ANN, Method::POST, "/api/v1/holds", json!({"lines": [{"ticketTypeId": 1, "quantity": 3}]}))
        .await;
    let from = json!({"holdId": hold.body["id"]});
    let stolen = system.send(BOB, Method::POST, "/api/v1/bookings", Some(&from), &[]).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND, "{}", stolen.body);
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", from.clone()).await;
    assert_eq!(placed.body["id"], hold.body["id"]);
    system.settle().await;
    let again = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&from), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert_eq!(system.seats().await, (7, 0, 3));
}

#[tokio::test]
async fn an_idempotency_key_creates_one_booking_and_prefer_waits_for_its_end() {
    let system = System::start().await;
    let body = two("tok_ok");
    let headers = [("idempotency-key", "k-1"), ("prefer", "wait=10")];
    let first = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&body), &headers).await;
    assert_eq!((first.status, &first.body["status"]), (StatusCode::CREATED, &json!("CONFIRMED")), "{}", first.body);
    assert_eq!(first.headers["preference-applied"], "wait=10");
    let again = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&body), &headers).await;
    assert_eq!((again.status, &again.body["id"]), (StatusCode::CREATED, &first.body["id"]));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&two("tok_declined")), &headers).await;
    assert_eq!((other.status, &other.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key-reused")));
    let bobs = system.send(BOB, Method::POST, "/api/v1/bookings", Some(&body), &headers).await;
    assert_ne!(bobs.body["id"], first.body["id"], "a key is its caller's");
}

#[tokio::test]
async fn a_free_booking_makes_no_charge() {
    let mut system = System::start().await;
    let placed = system
        .send_until_done(ANN, Method::POST, "/api/v1/bookings", json!({"lines": [{"ticketTypeId": 2, "quantity": 1}]}))
        .await;
    system.settle().await;
    let id = id(&placed);
    assert_eq!(system.booking(&id).await["status"], "CONFIRMED");
    let payments = system.get(OTTO, &format!("/api/v1/orders/{id}/payments")).await.body;
    let kinds: Vec<_> = payments.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["free"]);
}

#[tokio::test]
async fn a_user_is_deleted_once_no_booking_is_open() {
    let mut system = System::start().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    let id = id(&placed);
    let leave = async |system: &System, path: &str, who: (&str, &str)| {
        let left = system.send(who, Method::DELETE, &format!("/api/v1/users/{path}"), None, &[]).await;
        (left.status.as_u16(), left.body["code"].as_str().unwrap_or_default().to_owned())
    };
    let exist = (409, "bookings-exist".to_owned());
    assert_eq!(leave(&system, "me", ANN).await, exist, "PENDING");
    system.settle().await;
    assert_eq!((leave(&system, "me", ANN).await, leave(&system, "1", OTTO).await), (exist.clone(), exist), "CONFIRMED");
    assert_eq!(leave(&system, "1", BOB).await.0, 404);
    let another = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_declined")).await;
    for path in [format!("/api/v1/bookings/{id}/cancel"), "/api/v1/holds".into()] {
        let body =
            if path.ends_with("holds") { json!({"lines": [{"ticketTypeId": 1, "quantity": 1}]}) } else { Value::Null };
        system.send_until_done(ANN, Method::POST, &path, body).await;
    }
    system.settle().await;
    assert_eq!(system.booking(another.body["id"].as_str().unwrap()).await["status"], "FAILED");
    assert_eq!(leave(&system, "me", ANN).await, (204, String::new()));
    assert_eq!(leave(&system, "me", ANN).await.0, 404);

    for path in ["bookings", "orders"] {
        let refused = system.send(ANN, Method::POST, &format!("/api/v1/{path}"), Some(&two("tok_ok")), &[]).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("profile-missing")), "{path}");
    }
    system.settle().await;
    let named = json!({"lines": [{"ticketTypeId": 1, "quantity": 1}], "userId": 1});
    for path in ["bookings", "orders"] {
        let refused = system.send(OTTO, Method::POST, &format!("/api/v1/{path}"), Some(&named), &[]).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}: {}", refused.body);
    }
    let kept = system.get(OTTO, "/api/v1/bookings?userId=1").await.body;
    assert_eq!(kept.as_array().unwrap().len(), 2, "operators see what there was");

    let profile = json!({"name": "ann", "email": "ann@example.org"});
    let again = system.send_until_done(ANN, Method::PUT, "/api/v1/users/me", profile).await;
    assert_eq!((again.status, &again.body["id"]), (StatusCode::CREATED, &json!(3)), "the e-mail is free at once");
    system.settle().await;
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    assert_eq!(placed.body["userId"], 3);
    system.settle().await;
}

#[tokio::test]
async fn expired_mails_leave_the_mailbox_and_the_notification_stays() {
    let mut system = System::start_with(None, &[("BOXOFFICE_NOTIFICATIONS_MAILBOX_RETENTION", "1ms")]).await;
    system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
    system.settle().await;
    system.restart().await;
    let clock = boxoffice_clock::Stopwatch::start();
    while system.get(OTTO, "/api/v1/mailbox").await.body != json!([]) {
        assert!(clock.elapsed() < std::time::Duration::from_secs(20), "they stay");
        tokio::task::yield_now().await;
    }
    let notifications = system.get(ANN, "/api/v1/notifications").await.body;
    assert_eq!((notifications.as_array().unwrap().len(), &notifications[0]["status"]), (1, &json!("sent")));
    system.settle().await;
}
