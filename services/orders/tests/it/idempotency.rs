//! A request that comes again with its key has one effect.

use std::sync::Arc;

use serde_json::json;

use crate::api::{ONE_TICKET, OrderResponse as _, TestApi, eventually};

const KEY: &[(&str, &str)] = &[("idempotency-key", "k1")];

#[tokio::test]
async fn a_repeated_key_answers_the_current_order() {
    let api = TestApi::new();
    let first = api.post("ann", KEY, ONE_TICKET).await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
    assert!(api.orders.deliver_twice(&api.orders.saga_of(first.id()).sold()).await);
    let same = r#"{ "lines" : [ { "quantity": 1, "ticketTypeId": 2 } ] }"#;
    let again = api.post("ann", KEY, same).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!((again.id(), &again.body["status"]), (first.id(), &json!("CONFIRMED")));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!((api.count().await, api.fakes.quotes()), (1, 1));
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let api = TestApi::new();
    api.post("ann", KEY, ONE_TICKET).await;
    let other = api.post("ann", KEY, r#"{"lines": [{"ticketTypeId": 2, "quantity": 2}]}"#).await;
    assert_eq!(other.code(), (422, "key-reused"));
    assert_eq!(api.count().await, 1);
}

#[tokio::test]
async fn a_key_is_its_callers_own() {
    let api = TestApi::new();
    let ids = [api.post("ann", KEY, ONE_TICKET).await.id(), api.post("bob", KEY, ONE_TICKET).await.id()];
    assert_ne!(ids[0], ids[1]);
    let other_key = api.post("ann", &[("idempotency-key", "k2")], ONE_TICKET).await;
    assert_ne!(other_key.id(), ids[0]);
    for (key, field) in [("", "Idempotency-Key"), ("a b", "Idempotency-Key")] {
        let reply = api.post("ann", &[("idempotency-key", key)], ONE_TICKET).await;
        assert_eq!((reply.code(), reply.field()), ((400, "invalid"), field));
    }
}

#[tokio::test]
async fn a_refusal_leaves_nothing_behind() {
    let api = TestApi::new();
    let body = r#"{"lines": [{"ticketTypeId": 5, "quantity": 1}]}"#;
    assert_eq!(api.post("ann", KEY, body).await.code(), (409, "not-on-sale"));
    let other = api.post("ann", KEY, ONE_TICKET).await;
    assert_eq!((other.status.as_u16(), other.header("idempotency-replayed")), (201, None), "{}", other.text);
}

/// Two concurrent requests with one key: the first creates the order, the second waits and answers the same order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_with_one_key_share_one_attempt() {
    let api = Arc::new(TestApi::new());
    api.fakes.inventory.pause();
    let post = || {
        let api = api.clone();
        tokio::spawn(async move { api.post("ann", KEY, ONE_TICKET).await })
    };
    let first = post();
    eventually("the first request asks inventory", async || api.fakes.quotes() == 1).await;
    let others = [post(), post(), post()];
    api.fakes.inventory.resume();
    let first = first.await.unwrap();
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
    for other in others {
        let other = other.await.unwrap();
        assert_eq!((other.status.as_u16(), other.header("idempotency-replayed")), (201, Some("true")));
        assert_eq!(other.id(), first.id());
    }
    assert_eq!((api.count().await, api.fakes.quotes()), (1, 1));
}

#[tokio::test]
async fn without_a_key_every_request_has_its_own_effect() {
    let api = TestApi::new();
    assert_ne!(api.order("ann").await, api.order("ann").await);
}
