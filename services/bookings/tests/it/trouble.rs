//! Neighbors that do not answer, and crashes around the commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::Method;
use boxoffice_writer::{CrashProbe, Stage};

use crate::house::{House, Opening, TWO, until};

const KEY: &[(&str, &str)] = &[("idempotency-key", "k1")];

#[tokio::test]
async fn inventory_that_is_silent_leaves_the_outcome_open_and_the_key_makes_it_safe() {
    let house = House::new().await;
    house.neighbors.with(|known| known.silent = true);
    let call = tokio::spawn(house.request(Method::POST, "/api/v1/bookings", "ann", KEY, TWO).answer());
    until(async || house.neighbors.with(|known| known.holds.len()) == 1).await;
    while !call.is_finished() {
        house.hand.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    let answer = call.await.unwrap();
    assert_eq!(answer.code(), (504, "timeout"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(house.bookings().await, 0);
    house.neighbors.with(|known| known.silent = false);
    assert_eq!(house.book("ann", KEY, TWO).await.status, 201);
    assert_eq!(house.bookings().await, 1);
}

/// Ends the writer once, at `stage`, after it was armed.
fn bomb(stage: Stage) -> (Arc<AtomicBool>, CrashProbe) {
    let armed = Arc::new(AtomicBool::new(false));
    let fuse = armed.clone();
    (armed, Arc::new(move |probe| probe.stage == stage && fuse.swap(false, Ordering::SeqCst)))
}

#[tokio::test]
async fn a_crash_between_hold_and_booking_leaves_a_hold_that_runs_out() {
    let (armed, probe) = bomb(Stage::BeforeCommit);
    let house = House::with(Opening { probe: Some(probe), ..Opening::default() }).await;
    armed.store(true, Ordering::SeqCst);
    assert_eq!(house.book("ann", KEY, TWO).await.code(), (504, "timeout"));
    let house = house.reopen(Duration::from_secs(1), Opening::default());
    assert_eq!(house.bookings().await, 0);
    let answer = house.book("ann", KEY, TWO).await;
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, None));
    let (holds, released) = house.neighbors.with(|known| (known.holds.len(), known.released.len()));
    assert_eq!((holds, released), (2, 0), "nobody can know that the first hold is not needed");
    assert_eq!((house.bookings().await, house.said().await.len()), (1, 1));
}

#[tokio::test]
async fn a_crash_after_the_commit_is_answered_by_the_key() {
    let (armed, probe) = bomb(Stage::AfterCommit);
    let house = House::with(Opening { probe: Some(probe), ..Opening::default() }).await;
    armed.store(true, Ordering::SeqCst);
    assert_eq!(house.book("ann", KEY, TWO).await.code(), (504, "timeout"));
    let house = house.reopen(Duration::from_secs(1), Opening::default());
    let answer = house.book("ann", KEY, TWO).await;
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(answer.body["id"], house.neighbors.with(|known| known.holds[0].id.clone()));
    assert_eq!((house.bookings().await, house.said().await.len()), (1, 1));
}

#[tokio::test]
async fn a_booking_that_cannot_be_kept_gives_its_hold_back() {
    let house = House::new().await;
    house.neighbors.with(|known| known.left = Some(2));
    house.writer.stop();
    assert_eq!(house.book("ann", &[], TWO).await.code(), (503, "unavailable"));
    assert_eq!(house.neighbors.with(|known| (known.released.len(), known.left)), (1, Some(2)));
}
