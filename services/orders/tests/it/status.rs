//! `PUT /orders/{id}/status`: what people can set, and what they cannot.

use std::{sync::Arc, time::Duration};

use boxoffice_contracts::{BookingId, Reason};
use serde_json::json;

use crate::api::{OrderResponse as _, TestApi};
use boxoffice_testkit::TestResponse;

async fn set(api: &TestApi, id: BookingId, subject: &str, status: &str) -> TestResponse {
    let body = json!({"status": status}).to_string();
    api.send("PUT", &format!("/api/v1/orders/{id}/status"), subject, &[], &body).await
}

/// An operator's request that is under way.
fn setting(api: &Arc<TestApi>, id: BookingId) -> tokio::task::JoinHandle<TestResponse> {
    let api = api.clone();
    tokio::spawn(async move { set(&api, id, "opal", "CANCELLED").await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_cancels_the_booking_and_is_answered_when_the_order_has_followed() {
    let api = Arc::new(TestApi::new());
    let id = api.order("ann").await;
    assert!(api.orders.deliver_twice(&api.orders.saga_of(id).sold()).await);
    let request = setting(&api, id);
    while api.fakes.cancellations.received.lock().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!request.is_finished());
    assert!(api.orders.deliver_twice(&api.orders.saga_of(id).cancelled()).await);
    let reply = request.await.unwrap();
    assert_eq!((reply.status.as_u16(), &reply.body["status"]), (200, &json!("CANCELLED")), "{}", reply.text);
    assert_eq!(reply.body["history"].as_array().unwrap().last().unwrap()["note"], "booking cancelled");
    assert_eq!(*api.fakes.cancellations.received.lock(), [(id.to_string(), "opal".to_owned())]);
    let again = set(&api, id, "opal", "CANCELLED").await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &reply.body), "repeated, it is answered in the same way");
    assert_eq!(api.fakes.cancellations.received.lock().len(), 1, "a repeated request cancels nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_does_not_follow_in_time_is_answered_unchanged() {
    let api = Arc::new(TestApi::new());
    let id = api.order("ann").await;
    let request = setting(&api, id);
    api.advance_until_answered(Duration::from_secs(5), &request).await;
    let reply = request.await.unwrap();
    assert_eq!((reply.status.as_u16(), &reply.body["status"]), (200, &json!("CREATED")), "{}", reply.text);
}

#[tokio::test]
async fn nothing_else_can_be_set_and_nothing_by_others() {
    let api = TestApi::new();
    let id = api.order("ann").await;
    for status in ["CREATED", "PENDING", "RESERVED", "PAID", "CONFIRMED", "FAILED"] {
        assert_eq!(set(&api, id, "opal", status).await.code(), (409, "status-not-settable"), "{status}");
    }
    for status in ["cancelled", "SHIPPED", ""] {
        let refused = set(&api, id, "opal", status).await;
        assert_eq!((refused.code(), refused.field()), ((400, "invalid"), "status"), "{status}");
    }
    assert_eq!(set(&api, id, "ann", "CANCELLED").await.code(), (403, "forbidden"));
    let unknown = uuid::Uuid::from_u128(1).into();
    assert_eq!(set(&api, unknown, "opal", "CANCELLED").await.code(), (404, "not-found"));
    assert!(api.orders.deliver_twice(&api.orders.saga_of(id).released(Reason::Declined)).await);
    assert_eq!(set(&api, id, "opal", "CANCELLED").await.code(), (409, "not-cancellable"));
    assert!(api.fakes.cancellations.received.lock().is_empty());
}

#[tokio::test]
async fn a_refusal_of_bookings_is_passed_on() {
    let api = TestApi::new();
    let id = api.order("ann").await;
    for (refusal, expected) in [
        ((409, "not-cancellable"), (409, "not-cancellable")),
        ((404, "not-found"), (503, "unavailable")),
        ((503, "busy"), (503, "unavailable")),
        ((500, "internal"), (504, "timeout")),
    ] {
        *api.fakes.cancellations.refusal.lock() = Some(refusal);
        let refused = set(&api, id, "opal", "CANCELLED").await;
        assert_eq!(refused.code(), expected, "{}", refused.text);
    }
}
