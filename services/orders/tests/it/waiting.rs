//! `Prefer: wait`: the answer comes with the final state, or when the time is up.

use std::{sync::Arc, time::Duration};

use boxoffice_contracts::BookingId;
use boxoffice_database::Row;
use boxoffice_orders::store::Order;
use serde_json::json;

use crate::api::{ONE_TICKET, OrderResponse as _, TestApi};
use boxoffice_testkit::TestResponse;

/// Sends an order that waits, and returns its id with the answer to come.
async fn ordered(
    api: &Arc<TestApi>,
    prefer: &'static str,
    key: &'static str,
) -> (BookingId, tokio::task::JoinHandle<TestResponse>) {
    let before = api.count().await;
    let posting = tokio::spawn({
        let api = api.clone();
        async move { api.post("ann", &[("prefer", prefer), ("idempotency-key", key)], ONE_TICKET).await }
    });
    while api.count().await == before {
        tokio::task::yield_now().await;
    }
    let orders: Vec<Order> = api.orders.writer.database().select("ORDER BY id DESC LIMIT 1", Vec::new()).await.unwrap();
    (orders[0].key(), posting)
}

/// The clock stands still: nothing but being woken ends the wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_request_is_answered_at_the_outcome() {
    let api = Arc::new(TestApi::new());
    let (id, posting) = ordered(&api, "wait=5", "k1").await;
    let saga = api.orders.saga_of(id);
    assert!(api.orders.deliver_twice(&saga.reserved()).await);
    assert!(!posting.is_finished());
    assert!(api.orders.deliver_twice(&saga.sold()).await);
    let reply = posting.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.header("preference-applied")), (201, Some("wait=5")));
    assert_eq!((reply.id(), &reply.body["status"]), (id, &json!("CONFIRMED")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_comes_when_the_time_is_up() {
    let api = Arc::new(TestApi::new());
    let (_, posting) = ordered(&api, "wait=2", "k1").await;
    api.advance_until_answered(Duration::from_secs(2), &posting).await;
    let reply = posting.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.header("preference-applied")), (201, Some("wait=2")));
    assert_eq!(reply.body["status"], "CREATED");
}

#[tokio::test]
async fn a_final_order_is_answered_at_once() {
    let api = TestApi::new();
    let nothing = api.post("ann", &[("prefer", "wait=0")], ONE_TICKET).await;
    assert_eq!((nothing.header("preference-applied"), &nothing.body["status"]), (Some("wait=0"), &json!("CREATED")));
    let other = api.post("ann", &[("prefer", "respond-async")], ONE_TICKET).await;
    assert_eq!((other.status.as_u16(), other.header("preference-applied")), (201, None));
    let key = ("idempotency-key", "k1");
    let id = api.post("ann", &[key], ONE_TICKET).await.id();
    assert!(api.orders.deliver_twice(&api.orders.saga_of(id).sold()).await);
    let replayed = api.post("ann", &[key, ("prefer", "wait=5")], ONE_TICKET).await;
    assert_eq!(
        (replayed.header("preference-applied"), &replayed.body["status"]),
        (Some("wait=5"), &json!("CONFIRMED"))
    );
}

/// The repetition of a request does not wait for the first one to have waited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_key_is_answered_while_the_first_request_waits() {
    let api = Arc::new(TestApi::new());
    let (id, posting) = ordered(&api, "wait=30", "k1").await;
    let again = api.post("ann", &[("idempotency-key", "k1")], ONE_TICKET).await;
    assert_eq!((again.id(), again.header("idempotency-replayed")), (id, Some("true")));
    assert!(!posting.is_finished());
    assert!(api.orders.deliver_twice(&api.orders.saga_of(id).cancelled()).await);
    assert_eq!(posting.await.unwrap().body["status"], "CANCELLED");
}
