//! `POST /api/v1/orders`: good and bad input.

use std::{sync::Arc, time::Duration};

use boxoffice_contracts::events::{OrderCreated, PlacedThrough};
use boxoffice_orders::domain::OrderStatus;
use serde_json::json;

use crate::api::{ONE_TICKET, OrderResponse as _, TestApi, eventually};

#[tokio::test]
async fn an_order_is_stored_and_published() {
    let api = TestApi::new();
    let body = r#"{"lines": [{"ticketTypeId": 2, "quantity": 2, "unitPrice": 25.5}, {"ticketTypeId": 4, "quantity": 1}],
                   "userId": 7, "paymentToken": "tok_slow", "total": 61.00, "note": "by the aisle"}"#;
    let reply = api.post("ann", &[], body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let id = reply.id();
    assert_eq!(reply.header("location"), Some(format!("/api/v1/orders/{id}").as_str()));
    assert_eq!((reply.header("idempotency-replayed"), reply.header("preference-applied")), (None, None));
    assert!(reply.text.contains(r#""total":61.00,"currency":"EUR""#), "{}", reply.text);
    let expected = json!({
        "id": id, "userId": 7, "total": 61.0, "currency": "EUR", "status": "CREATED", "reason": null, "refund": "none",
        "lines": [
            {"ticketTypeId": 2, "eventId": 1, "name": "General", "quantity": 2, "unitPrice": 25.5, "amount": 51.0},
            {"ticketTypeId": 4, "eventId": 1, "name": "Balcony", "quantity": 1, "unitPrice": 10.0, "amount": 10.0},
        ],
        "createdAt": "2030-01-01T00:00:00Z",
    });
    assert_eq!(reply.body, expected);

    let published = api.orders.published_about(id).await;
    assert_eq!(published.len(), 1);
    let created: OrderCreated = published[0].read().unwrap();
    assert_eq!((created.placed_through, created.payment_token.reveal()), (PlacedThrough::Orders, "tok_slow"));
    assert_eq!((created.customer_id.get(), created.organizer_id.get(), created.items.len()), (7, 3, 2));
    assert_eq!(published[0].origin.actor, "ann");
    let history = api.orders.history(id).await;
    let first = (history[0].note.as_str(), history[0].actor.as_str(), history[0].causation_id);
    assert_eq!((history.len(), first), (1, ("placed through orders: by the aisle", "ann", None)));
}

#[tokio::test]
async fn good_bodies() {
    let api = TestApi::new();
    for (subject, body, user) in [
        ("ann", ONE_TICKET, 7),
        ("auth0|a/b c", ONE_TICKET, 7),
        ("bob", r#"{"lines": [{"eventId": 1, "quantity": 100}]}"#, 8),
        ("opal", r#"{"lines": [{"ticketTypeId": 2, "quantity": 1}], "userId": 8}"#, 8),
        ("ann", r#"{"lines": [{"ticketTypeId": 2, "quantity": 1}], "userId": 7, "note": ""}"#, 7),
        ("ann", r#"{"lines": [{"ticketTypeId": 2, "quantity": 1}, {"ticketTypeId": 2, "quantity": 1}]}"#, 7),
    ] {
        let reply = api.post(subject, &[], body).await;
        assert_eq!((reply.status.as_u16(), &reply.body["userId"]), (201, &json!(user)), "{body}: {}", reply.text);
        assert_eq!(api.orders.order(reply.id()).await.status, OrderStatus::Created);
    }
}

#[tokio::test]
async fn bad_bodies_change_nothing() {
    let api = TestApi::new();
    let many = format!(r#"{{"lines": [{}]}}"#, vec![r#"{"ticketTypeId": 2, "quantity": 1}"#; 21].join(","));
    let long = format!(r#"{{"lines": [{{"ticketTypeId": 2, "quantity": 1}}], "note": "{}"}}"#, "n".repeat(1001));
    let line = |line: &str| format!(r#"{{"lines": [{line}]}}"#);
    let with = |more: &str| format!(r#"{{"lines": [{{"ticketTypeId": 2, "quantity": 1}}], {more}}}"#);
    for (subject, body, refusal, field) in [
        ("ann", "{}".into(), (400, "invalid"), "lines"),
        ("ann", r#"{"lines": []}"#.into(), (400, "invalid"), "lines"),
        ("ann", many, (400, "invalid"), "lines"),
        ("ann", long, (400, "invalid"), "note"),
        ("ann", line(r#"{"quantity": 1}"#), (400, "invalid"), "lines[0].ticketTypeId"),
        ("ann", line(r#"{"ticketTypeId": 2, "eventId": 1, "quantity": 1}"#), (400, "invalid"), "lines[0].ticketTypeId"),
        ("ann", line(r#"{"ticketTypeId": 2}"#), (400, "invalid"), "lines[0].quantity"),
        ("ann", line(r#"{"ticketTypeId": 2, "quantity": 0}"#), (400, "invalid"), "lines[0].quantity"),
        ("ann", line(r#"{"ticketTypeId": 2, "quantity": 101}"#), (400, "invalid"), "lines[0].quantity"),
        ("ann", line(r#"{"ticketTypeId": 2, "quantity": -1}"#), (400, "invalid"), "lines[0].quantity"),
        ("ann", line(r#"{"ticketTypeId": 2, "quantity": 1.5}"#), (400, "invalid"), "lines[0].quantity"),
        ("ann", line(r#"{"ticketTypeId": 0, "quantity": 1}"#), (400, "invalid"), "lines[0].ticketTypeId"),
        ("ann", line(r#"{"ticketTypeId": "2", "quantity": 1}"#), (400, "invalid"), "lines[0].ticketTypeId"),
        ("ann", line(r#"{"ticketTypeId": 2, "quantity": 1, "seat": 4}"#), (400, "invalid"), "lines[0].seat"),
        (
            "ann",
            line(r#"{"ticketTypeId": 2, "quantity": 1, "unitPrice": "x"}"#),
            (400, "invalid"),
            "lines[0].unitPrice",
        ),
        ("ann", with(r#""status": "PAID""#), (400, "invalid"), "status"),
        ("ann", with(r#""paymentToken": """#), (400, "invalid"), "paymentToken"),
        ("ann", with(r#""paymentToken": "cash""#), (400, "unknown-payment-token"), "paymentToken"),
        ("ann", with(r#""paymentToken": "4242 4242 4242 4242""#), (400, "card-data-refused"), "paymentToken"),
        ("ann", with(r#""note": "card 4111-1111-1111-1111""#), (400, "card-data-refused"), "note"),
        ("ann", line(r#"{"ticketTypeId": 99, "quantity": 1}"#), (404, "not-found"), "no field"),
        ("ann", line(r#"{"eventId": 99, "quantity": 1}"#), (404, "not-found"), "no field"),
        ("ann", line(r#"{"ticketTypeId": 5, "quantity": 1}"#), (409, "not-on-sale"), "no field"),
        (
            "ann",
            line(r#"{"ticketTypeId": 2, "quantity": 1}, {"ticketTypeId": 6, "quantity": 1}"#),
            (400, "mixed-lines"),
            "no field",
        ),
        (
            "ann",
            line(r#"{"ticketTypeId": 2, "quantity": 1, "unitPrice": 25.49}"#),
            (409, "price-changed"),
            "lines[0].unitPrice",
        ),
        ("ann", with(r#""total": 25.501"#), (409, "price-changed"), "total"),
        ("ann", with(r#""userId": 8"#), (403, "forbidden"), "no field"),
        ("nobody", with(r#""userId": 8"#), (403, "forbidden"), "no field"),
        ("nobody", ONE_TICKET.into(), (409, "profile-missing"), "no field"),
        ("opal", ONE_TICKET.into(), (409, "profile-missing"), "no field"),
        ("opal", with(r#""userId": 99"#), (404, "not-found"), "no field"),
    ] {
        let reply = api.post(subject, &[], &body).await;
        assert_eq!((reply.code(), reply.field()), (refusal, field), "{body}: {}", reply.text);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        assert!(!reply.text.contains("4242") && !reply.text.contains("cash"), "{}", reply.text);
    }
    assert_eq!(api.count().await, 0);
}

#[tokio::test]
async fn the_user_of_a_token_is_cached_for_reads_but_not_for_orders() {
    let api = TestApi::new();
    for _ in 0..3 {
        api.order("ann").await;
    }
    assert_eq!(api.fakes.lookups(), 3, "the user of an order may have been deleted");
    for _ in 0..2 {
        assert_eq!(api.get("/api/v1/orders", "ann").await.status, 200);
    }
    assert_eq!(api.fakes.lookups(), 3);
    for _ in 0..2 {
        assert_eq!(api.post("nobody", &[], ONE_TICKET).await.code(), (409, "profile-missing"));
    }
    assert_eq!(api.fakes.lookups(), 5, "an unknown subject is not cached");
}

#[tokio::test]
async fn without_the_other_services_it_is_unavailable_and_changes_nothing() {
    let api = TestApi::without_services();
    for reply in [api.post("ann", &[], ONE_TICKET).await, api.get("/api/v1/orders", "ann").await] {
        assert_eq!((reply.code(), reply.header("retry-after")), ((503, "unavailable"), Some("1")), "{}", reply.text);
    }
    assert_eq!(api.get("/api/v1/orders", "opal").await.status, 200, "operators see everything without a user");
    assert_eq!(api.count().await, 0);
}

/// A service that does not answer in time has only been asked for a read, so the order is refused as unavailable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_service_is_given_up() {
    let api = Arc::new(TestApi::new());
    api.fakes.inventory.pause();
    let posting = tokio::spawn({
        let api = api.clone();
        async move { api.post("ann", &[], ONE_TICKET).await }
    });
    eventually("inventory is asked for a quote", async || api.fakes.quotes() == 1).await;
    api.advance_until_answered(Duration::from_secs(3), &posting).await;
    assert_eq!(posting.await.unwrap().code(), (503, "unavailable"));
    assert_eq!(api.count().await, 0);
}
