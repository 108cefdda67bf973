//! `Prefer: wait`: the answer comes with the final state, or when the time is up.

use std::{sync::Arc, time::Duration};

use boxoffice_contracts::BookingId;
use boxoffice_database::Row;
use boxoffice_orders::store::Order;
use serde_json::json;

use crate::door::{Door, ONE_TICKET, Reply};

/// Sends an order that waits, and returns its id with the answer to come.
async fn ordered(
    door: &Arc<Door>,
    prefer: &'static str,
    key: &'static str,
) -> (BookingId, tokio::task::JoinHandle<Reply>) {
    let before = door.count().await;
    let posting = tokio::spawn({
        let door = door.clone();
        async move { door.post("ann", &[("prefer", prefer), ("idempotency-key", key)], ONE_TICKET).await }
    });
    while door.count().await == before {
        tokio::task::yield_now().await;
    }
    let orders: Vec<Order> = door.shop.writer.database().select("ORDER BY id DESC LIMIT 1", Vec::new()).await.unwrap();
    (orders[0].key(), posting)
}

/// The clock stands still: nothing but being woken ends the wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_woken_by_the_end() {
    let door = Arc::new(Door::new());
    let (id, posting) = ordered(&door, "wait=5", "k1").await;
    let saga = door.shop.saga_of(id);
    assert!(door.shop.hears(&saga.reserved()).await);
    assert!(!posting.is_finished());
    assert!(door.shop.hears(&saga.sold()).await);
    let reply = posting.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.header("preference-applied")), (201, Some("wait=5")));
    assert_eq!((reply.id(), &reply.body["status"]), (id, &json!("CONFIRMED")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_comes_when_the_time_is_up() {
    let door = Arc::new(Door::new());
    let (_, posting) = ordered(&door, "wait=2", "k1").await;
    door.let_pass(Duration::from_secs(2), &posting).await;
    let reply = posting.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.header("preference-applied")), (201, Some("wait=2")));
    assert_eq!(reply.body["status"], "CREATED");
}

#[tokio::test]
async fn what_needs_no_waiting_is_answered_at_once() {
    let door = Door::new();
    let nothing = door.post("ann", &[("prefer", "wait=0")], ONE_TICKET).await;
    assert_eq!((nothing.header("preference-applied"), &nothing.body["status"]), (Some("wait=0"), &json!("CREATED")));
    let other = door.post("ann", &[("prefer", "respond-async")], ONE_TICKET).await;
    assert_eq!((other.status.as_u16(), other.header("preference-applied")), (201, None));
    let key = ("idempotency-key", "k1");
    let id = door.post("ann", &[key], ONE_TICKET).await.id();
    assert!(door.shop.hears(&door.shop.saga_of(id).sold()).await);
    let replayed = door.post("ann", &[key, ("prefer", "wait=5")], ONE_TICKET).await;
    assert_eq!(
        (replayed.header("preference-applied"), &replayed.body["status"]),
        (Some("wait=5"), &json!("CONFIRMED"))
    );
}

/// The repetition of a request does not wait for the first one to have waited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_is_answered_while_the_first_one_waits() {
    let door = Arc::new(Door::new());
    let (id, posting) = ordered(&door, "wait=30", "k1").await;
    let again = door.post("ann", &[("idempotency-key", "k1")], ONE_TICKET).await;
    assert_eq!((again.id(), again.header("idempotency-replayed")), (id, Some("true")));
    assert!(!posting.is_finished());
    assert!(door.shop.hears(&door.shop.saga_of(id).cancelled()).await);
    assert_eq!(posting.await.unwrap().body["status"], "CANCELLED");
}
