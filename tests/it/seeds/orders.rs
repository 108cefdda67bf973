//! Document 003: orders of products, their saga, and what the other services show of it.

use axum::http::Method;
use serde_json::json;

use super::{ANN, BOB, OTTO, fields, location, problem};
use crate::system::System;

const ORDER: [&str; 9] =
    ["createdAt", "currency", "customerId", "items", "orderId", "reason", "refund", "status", "totalAmount"];

const BODY: &str = r#"{"customerId": "1", "items": [{"productId": "1", "quantity": 2, "unitPrice": 25.50}],
    "totalAmount": 51.00, "shippingAddress": "1 Road, System", "paymentMethod": "CREDIT_CARD"}"#;

#[tokio::test]
async fn an_order_follows_the_saga() {
    let mut system = System::start().await;
    let placed = system.send_text(ANN, Method::POST, "/orders", BODY).await;
    assert_eq!((placed.status.as_u16(), fields(&placed.body)), (201, ORDER.to_vec()), "{}", placed.body);
    let id = placed.body["orderId"].as_str().unwrap().to_owned();
    assert_eq!(location(&placed), format!("/orders/{id}"));
    assert_eq!((&placed.body["customerId"], &placed.body["status"]), (&json!("1"), &json!("CREATED")));
    assert_eq!(placed.body["items"], json!([{"productId": "1", "quantity": 2, "unitPrice": 25.5}]));
    system.settle().await;

    let order = system.get(ANN, &format!("/orders/{id}")).await.body;
    assert_eq!(
        (&order["status"], &order["totalAmount"], &order["refund"]),
        (&json!("CONFIRMED"), &json!(51.0), &json!("none"))
    );
    assert_eq!(system.get(ANN, "/orders").await.body, json!([order]));
    assert_eq!(system.get(ANN, "/orders/customer/1").await.body, json!([order]));
    assert_eq!(system.get(OTTO, "/orders/customer/2").await.body, json!([]));
    let history = system.get(ANN, &format!("/api/v1/orders/{id}/history")).await.body;
    let note = history[0]["note"].as_str().unwrap();
    assert!(note.contains("shippingAddress: 1 Road, System; paymentMethod: CREDIT_CARD"), "{history}");

    let payment = system.get(ANN, &format!("/payment/{id}")).await.body;
    assert_eq!(fields(&payment), ["amount", "currency", "entries", "orderId", "status", "success", "transactionId"]);
    assert_eq!(
        (&payment["orderId"], &payment["success"], &payment["amount"]),
        (&json!(id), &json!(true), &json!(51.0))
    );
    assert_eq!((&payment["status"], &payment["entries"][0]["kind"]), (&json!("captured"), &json!("intent")));
    assert!(payment["transactionId"].is_string(), "{payment}");

    let notifications = system.get(ANN, &format!("/notifications/order/{id}")).await.body;
    assert_eq!(notifications.as_array().unwrap().len(), 1);
    assert_eq!(
        fields(&notifications[0]),
        ["channel", "createdAt", "customerId", "message", "notificationId", "orderId", "status", "subject", "type"]
    );
    assert_eq!(
        (&notifications[0]["orderId"], &notifications[0]["type"], &notifications[0]["customerId"]),
        (&json!(id), &json!("booking-confirmed"), &json!("1"))
    );
    for path in ["/notifications", "/notifications/customer/1"] {
        assert_eq!(system.get(ANN, path).await.body, notifications, "{path}");
    }
    let one = format!("/notifications/{}", notifications[0]["notificationId"].as_str().unwrap());
    assert_eq!(system.get(ANN, &one).await.body, notifications[0]);
    for path in [format!("/orders/{id}"), format!("/payment/{id}"), one] {
        assert_eq!(problem(&system.get(BOB, &path).await), (404, "not-found"), "{path}");
    }
}

#[tokio::test]
async fn a_failed_payment_rolls_back() {
    let mut system = System::start().await;
    let body = r#"{"customerId": "1", "items": [{"productId": "1", "quantity": 2}], "paymentToken": "tok_declined"}"#;
    let placed = system.send_text(ANN, Method::POST, "/orders", body).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    system.settle().await;
    let order = system.get(ANN, location(&placed)).await.body;
    assert_eq!((&order["status"], &order["reason"]), (&json!("FAILED"), &json!("declined")));
    assert_eq!(system.seats().await, (10, 0, 0), "the stock is back");
    let id = order["orderId"].as_str().unwrap();
    assert_eq!(system.get(ANN, &format!("/payment/{id}")).await.body["success"], false);
    assert_eq!(system.get(ANN, &format!("/notifications/order/{id}")).await.body[0]["type"], "booking-failed");
}

#[tokio::test]
async fn operators_set_no_status_but_cancelled() {
    let mut system = System::start().await;
    let placed = system.send_text(ANN, Method::POST, "/orders", BODY).await;
    system.settle().await;
    let path = format!("{}/status", location(&placed));
    let set = async |who, status: &str| system.send_empty(who, Method::PUT, &format!("{path}?status={status}")).await;
    assert_eq!(problem(&set(ANN, "CANCELLED").await), (403, "forbidden"));
    for (status, code) in
        [("CONFIRMED", (409, "status-not-settable")), ("SHIPPED", (400, "invalid")), ("", (400, "invalid"))]
    {
        let refused = set(OTTO, status).await;
        assert_eq!(problem(&refused), code, "{status}");
        assert!(code.0 != 400 || refused.body["errors"][0]["field"] == "status", "{}", refused.body);
    }
    for _ in 0..2 {
        let cancelled = set(OTTO, "CANCELLED").await;
        assert_eq!(
            (cancelled.status.as_u16(), &cancelled.body["status"]),
            (200, &json!("CANCELLED")),
            "{}",
            cancelled.body
        );
        assert_eq!(fields(&cancelled.body), ORDER);
    }
    system.settle().await;
    assert_eq!(system.seats().await, (10, 0, 0));
    let steps = system.get(ANN, &format!("/payment?orderId={}", placed.body["orderId"].as_str().unwrap())).await.body;
    let kinds: Vec<_> = steps.as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["refunded", "captured", "intent"]);
    assert_eq!(
        fields(&steps[0]),
        ["amount", "at", "currency", "customerId", "kind", "orderId", "refund", "status", "transactionId"]
    );
    assert_eq!(system.get(OTTO, "/payment?customerId=1").await.body, steps);
    assert_eq!(system.get(BOB, "/payment").await.body, json!([]));
}

#[tokio::test]
async fn prices_are_compared_to_the_cent_and_payments_need_a_token() {
    let system = System::start().await;
    for (field, body) in [
        ("items[0].unitPrice", BODY.replace("25.50", "25.51")),
        ("totalAmount", BODY.replace("51.00", "51.01")),
        ("totalAmount", BODY.replace("51.00", "50.9999999999999")),
    ] {
        let refused = system.send_text(ANN, Method::POST, "/orders", &body).await;
        assert_eq!(problem(&refused), (409, "price-changed"), "{body}: {}", refused.body);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
    let card =
        BODY.replace("CREDIT_CARD", "4242 4242 4242 4242").replace(r#""shippingAddress": "1 Road, System", "#, "");
    let refused = system.send_text(ANN, Method::POST, "/orders", &card).await;
    assert_eq!(problem(&refused), (400, "card-data-refused"));
    assert_eq!(refused.body["errors"][0]["field"], "paymentMethod", "{}", refused.body);
    let paid =
        system.send_text(ANN, Method::POST, "/payment/process", r#"{"orderId": "order123", "amount": 100.00}"#).await;
    assert_eq!(problem(&paid), (409, "paid-through-orders"));
    assert!(paid.body["detail"].as_str().unwrap().contains("POST /orders"), "{}", paid.body);
    assert_eq!(system.get(ANN, "/orders").await.body, json!([]));
}

#[tokio::test]
async fn products_are_read_and_held() {
    let system = System::start().await;
    let product = system.get(ANN, "/inventory/1").await;
    assert_eq!(
        product.body,
        json!({"productId": "1", "name": "Floor", "eventId": "1", "availableQuantity": 10, "price": 25.5, "currency": "EUR"})
    );
    let held = system.send_empty(ANN, Method::POST, "/inventory/1/reserve?quantity=3").await;
    assert_eq!(held.status, 201, "{}", held.body);
    assert_eq!(fields(&held.body), ["expiresAt", "productId", "quantity", "reservationId", "status"]);
    assert_eq!((&held.body["productId"], &held.body["quantity"]), (&json!("1"), &json!(3)));
    let held = system.send_text(ANN, Method::POST, "/inventory/reserve", r#"{"productId": "1", "quantity": 2}"#).await;
    assert_eq!((held.status.as_u16(), &held.body["status"]), (201, &json!("held")));
    assert_eq!(system.seats().await, (5, 5, 0));
    let refused = system.send_empty(ANN, Method::POST, "/inventory/1/reserve?quantity=6").await;
    assert_eq!(problem(&refused), (409, "sold-out"));
    for (path, field) in [
        ("/inventory/1/reserve", "quantity"),
        ("/inventory/1/reserve?quantity=x", "quantity"),
        ("/inventory/1/reserve?quantity=0", "quantity"),
        ("/inventory/x/reserve?quantity=1", "productId"),
        ("/inventory/1/reserve?quantity=1&size=1", "size"),
    ] {
        let refused = system.send_empty(ANN, Method::POST, path).await;
        assert_eq!(
            (problem(&refused), &refused.body["errors"][0]["field"]),
            ((400, "invalid"), &json!(field)),
            "{path}"
        );
    }
    assert_eq!(problem(&system.get(ANN, "/inventory/4242").await), (404, "not-found"));

    let released = async |who, quantity: i64| {
        system.send_empty(who, Method::POST, &format!("/inventory/1/release?quantity={quantity}")).await
    };
    let given = released(ANN, 4).await;
    assert_eq!(
        (given.status.as_u16(), &given.body),
        (200, &json!({"productId": "1", "quantity": 4, "availableQuantity": 9}))
    );
    assert_eq!(problem(&released(ANN, 2).await), (409, "fewer-held"));
    assert_eq!(problem(&released(BOB, 1).await), (409, "fewer-held"), "ann's are ann's");
    let refused = released(ANN, 0).await;
    assert_eq!((problem(&refused), &refused.body["errors"][0]["field"]), ((400, "invalid"), &json!("quantity")));
    assert_eq!(system.seats().await, (9, 1, 0));
    let products = system.get(ANN, "/inventory").await.body;
    assert_eq!((products.as_array().unwrap().len(), &products[0]["availableQuantity"]), (2, &json!(9)));
    assert_eq!(products[0], system.get(ANN, "/inventory/1").await.body);
}
