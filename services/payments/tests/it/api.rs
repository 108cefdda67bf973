//! The HTTP API, with a fake users service.

use std::time::Duration;

use axum::http::StatusCode;
use boxoffice_contracts::events::Refund;
use boxoffice_payments::providers::simulated::TestToken;
use boxoffice_testkit::{TestResponse, eventually};
use serde_json::{Value, json};

use crate::harness::*;

const USER_OF_SUBJECT: &str = "GET /internal/users/by-subject/{subject}";

/// Sends a GET request.
async fn get(payments: &TestPayments, path: &str, subject: &str, scopes: &str) -> TestResponse {
    payments.send(&format!("GET {path}"), &payments.token(subject, scopes), "").await
}

/// The path of the next page, from the header `Link`.
fn next(response: &TestResponse) -> Option<String> {
    Some(response.header("link")?.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap().to_owned())
}

/// Creates a captured payment.
async fn captured(environment: &Environment, payments: &TestPayments) -> Order {
    let order = environment.order("tok_ok");
    payments.deliver_message(&order.reserved()).await.unwrap();
    eventually("the payment is captured", async || payments.entries(&order).await.len() == 2).await;
    order
}

#[tokio::test]
async fn the_owner_and_operators_read_the_entries_of_an_order() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = captured(&environment, &payments).await;
    let path = format!("/api/v1/orders/{}/payments", order.id);
    for (subject, scopes) in [("auth0|ada", "customer"), ("auth0|ada", "customer"), ("op", "operator")] {
        let TestResponse { status, body, .. } = get(&payments, &path, subject, scopes).await;
        assert_eq!(status, StatusCode::OK);
        let reference = body[1]["providerReference"].clone();
        assert!(reference.as_str().unwrap().starts_with("ch_"));
        let at = "2030-01-01T00:00:00Z";
        assert_eq!(
            body,
            json!([
                {"kind": "intent", "amount": 61.00, "currency": "EUR", "providerReference": null, "at": at},
                {"kind": "captured", "amount": 61.00, "currency": "EUR", "providerReference": reference, "at": at},
            ])
        );
    }
    assert_eq!(environment.users.calls(USER_OF_SUBJECT), 1, "the response is cached");
    payments.abandon().await;
}

#[tokio::test]
async fn orders_of_others_and_unknown_orders_are_not_found() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = captured(&environment, &payments).await;
    let (own, unknown) = (order.id, environment.order("tok_ok").id);
    for (id, subject, scopes, expected) in [
        (own, "bob", "customer", 404),
        (own, "unknown", "customer", 404),
        (own, "auth0|ada", "organizer", 403),
        (own, "auth0|ada", "", 403),
        (unknown, "auth0|ada", "customer", 404),
        (unknown, "op", "operator", 404),
    ] {
        let TestResponse { status, body, .. } =
            get(&payments, &format!("/api/v1/orders/{id}/payments"), subject, scopes).await;
        assert_eq!((status.as_u16(), &body["status"]), (expected, &json!(expected)), "{subject} {scopes}");
    }
    assert_eq!(get(&payments, "/api/v1/orders/7/payments", "op", "operator").await.status, StatusCode::BAD_REQUEST);
    payments.abandon().await;
}

#[tokio::test]
async fn entries_are_listed_newest_first_and_filtered_by_owner() {
    let environment = Environment::new();
    let payments = environment.start();
    let mut orders = Vec::new();
    for _ in 0..3 {
        payments.clock.advance(Duration::from_secs(1));
        orders.push(captured(&environment, &payments).await);
    }
    let ids: Vec<_> = orders.iter().rev().flat_map(|order| [(order.id, "captured"), (order.id, "intent")]).collect();
    let all = ids.iter().map(|(id, kind)| json!([id, kind])).collect::<Vec<_>>();
    let listed = |body: &Value| -> Vec<Value> {
        body.as_array().unwrap().iter().map(|entry| json!([entry["orderId"], entry["kind"]])).collect()
    };
    let second = orders[1].id;
    for (query, subject, scopes, expected) in [
        ("", "op", "operator", &all[..]),
        ("", "auth0|ada", "customer", &all[..]),
        ("", "bob", "customer", &[]),
        ("", "unknown", "customer", &[]),
        ("?userId=7", "op", "operator", &all[..]),
        ("?userId=7", "auth0|ada", "customer", &all[..]),
        ("?userId=8", "op", "operator", &[]),
        ("?kind=intent", "op", "operator", &[all[1].clone(), all[3].clone(), all[5].clone()]),
        ("?status=captured&kind=captured", "auth0|ada", "customer", &[all[0].clone(), all[2].clone(), all[4].clone()]),
        ("?status=pending", "op", "operator", &[]),
        (&format!("?orderId={second}"), "op", "operator", &all[2..4]),
        (&format!("?orderId={second}"), "bob", "customer", &[]),
    ] {
        let TestResponse { status, body, .. } =
            get(&payments, &format!("/api/v1/payments{query}"), subject, scopes).await;
        assert_eq!((status, &listed(&body)[..]), (StatusCode::OK, expected), "{query} by {subject}: {body}");
    }
    let (mut found, mut next_path) = (Vec::new(), Some("/api/v1/payments?limit=4&userId=7".to_owned()));
    while let Some(path) = next_path {
        let page = get(&payments, &path, "auth0|ada", "customer").await;
        found.extend(listed(&page.body));
        next_path = next(&page);
    }
    assert_eq!(found, all, "every entry is on one page");
    let body = get(&payments, "/api/v1/payments?limit=1", "op", "operator").await.body;
    let reference = body[0]["providerReference"].clone();
    assert!(reference.as_str().unwrap().starts_with("ch_"), "{body}");
    let expected = json!([{
        "orderId": orders[2].id, "userId": USER, "kind": "captured", "amount": 61.00, "currency": "EUR",
        "providerReference": reference, "at": "2030-01-01T00:00:03Z", "status": "captured", "reason": null,
        "refund": "none",
    }]);
    assert_eq!(body, expected);
    for (query, subject, scopes, expected) in [
        ("?userId=8", "auth0|ada", "customer", StatusCode::FORBIDDEN),
        ("?userId=8", "unknown", "customer", StatusCode::FORBIDDEN),
        ("", "auth0|ada", "organizer", StatusCode::FORBIDDEN),
        ("?status=lost", "op", "operator", StatusCode::BAD_REQUEST),
        ("?kind=lost", "op", "operator", StatusCode::BAD_REQUEST),
        ("?orderId=7", "op", "operator", StatusCode::BAD_REQUEST),
        ("?state=captured", "op", "operator", StatusCode::BAD_REQUEST),
    ] {
        let TestResponse { status, body, .. } =
            get(&payments, &format!("/api/v1/payments{query}"), subject, scopes).await;
        assert_eq!(status, expected, "{query} by {subject}: {body}");
    }
    payments.abandon().await;
}

#[tokio::test]
async fn only_operators_retry_a_refund_and_a_done_one_stays_done() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = captured(&environment, &payments).await;
    let retry = async |subject: &str, scopes: &str, key: Option<&str>| {
        let headers: Vec<_> = key.iter().map(|key| ("idempotency-key", *key)).collect();
        let route = format!("POST /api/v1/orders/{}/refund", order.id);
        let response = payments.send_with(&route, &payments.token(subject, scopes), &headers, "").await;
        (response.status.as_u16(), response.body)
    };
    let (status, body) = retry("op", "operator", None).await;
    assert_eq!((status, &body["code"]), (409, &json!("nothing-to-refund")), "the order has not ended");
    payments.deliver_message(&order.cancelled()).await.unwrap();
    eventually("the refund is done", async || payments.refund(&order).await == Some(Refund::Done)).await;
    for (subject, scopes, key, expected) in [
        ("auth0|ada", "customer", None, 403),
        ("op", "organizer", None, 403),
        ("op", "", None, 403),
        ("op", "operator", None, 200),
        ("op", "operator", Some("k"), 200),
        ("op", "operator", Some("k"), 200),
    ] {
        let (status, body) = retry(subject, scopes, key).await;
        assert_eq!(status, expected, "{scopes} {key:?}");
        if status == 200 {
            assert_eq!(
                (&body["refund"], &body["orderId"], &body["amount"]),
                (&json!("done"), &json!(order.id), &json!(61.0))
            );
        }
    }
    let unknown = environment.order("tok_ok").id;
    let token = payments.token("op", "operator");
    let refused = payments.send(&format!("POST /api/v1/orders/{unknown}/refund"), &token, "").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    payments.abandon().await;
}

#[tokio::test]
async fn other_services_check_payment_tokens() {
    let environment = Environment::new();
    let payments = environment.start();
    for token in TestToken::ALL {
        let path = format!("/internal/payment-tokens/{}", token.name());
        assert_eq!(
            get(&payments, &path, "service:bookings", "operator").await.status,
            StatusCode::NO_CONTENT,
            "{path}"
        );
        assert_eq!(get(&payments, &path, "auth0|ada", "customer").await.status, StatusCode::FORBIDDEN);
    }
    for unknown in ["tok_ko", "TOK_OK", "4242424242424242", "tok%2Fok", "%20"] {
        let TestResponse { status, body, .. } =
            get(&payments, &format!("/internal/payment-tokens/{unknown}"), "service:bookings", "operator").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
        assert!(!body.to_string().contains(unknown), "{body}");
    }
    payments.abandon().await;
}

#[tokio::test]
async fn the_test_tokens_are_documented_and_internal_routes_are_not() {
    let environment = Environment::new();
    let payments = environment.start();
    let document = serde_json::to_value(&payments.api).unwrap();
    let about = document["tags"][0]["description"].as_str().unwrap();
    for token in TestToken::ALL {
        assert!(about.contains(&format!("`{}`", token.name())), "{about}");
    }
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/api/v1/orders/{id}/payments", "/api/v1/orders/{id}/refund", "/api/v1/payments"]);
    payments.abandon().await;
}

#[tokio::test]
async fn an_invalid_setting_is_refused_with_the_valid_values() {
    let refused =
        |name: &str, value: &str| Environment::new().try_start(&[(name, value)]).err().map(|error| error.to_string());
    for (name, value) in [
        ("FAULT", "silent"),
        ("TIMEOUT", "1s"),
        ("DEADLINE", "5m"),
        ("SIMULATED_DELAY", "1s"),
        ("MAX_CONCURRENT_CALLS", "64"),
    ] {
        assert_eq!(refused(name, value), None);
    }
    let fault = refused("FAULT", "lazy").unwrap();
    assert!(fault.contains("silent") && fault.contains("error") && fault.contains("slow"), "{fault}");
    assert!(refused("MAX_CONCURRENT_CALLS", "3").unwrap().contains("lower than 4"));
    let provider = refused("PROVIDER", "stripe:sk_test").unwrap();
    assert!(provider.contains("simulated:"), "{provider}");
}
