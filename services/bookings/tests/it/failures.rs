//! FakeServices that do not answer, and crashes around the commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::Method;
use boxoffice_writer::{CrashProbe, Stage};

use crate::harness::{Options, TWO, TestBookings, until};

const KEY: &[(&str, &str)] = &[("idempotency-key", "k1")];

#[tokio::test]
async fn after_a_timeout_of_inventory_a_repeated_key_creates_one_booking() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.silent = true);
    let call = tokio::spawn(service.request(Method::POST, "/api/v1/bookings", "ann", KEY, TWO));
    until(async || service.fakes.with(|known| known.holds.len()) == 1).await;
    while !call.is_finished() {
        service.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    let answer = call.await.unwrap();
    assert_eq!(answer.code(), (504, "timeout"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(service.bookings().await, 0);
    service.fakes.with(|known| known.silent = false);
    assert_eq!(service.book("ann", KEY, TWO).await.status, 201);
    assert_eq!(service.bookings().await, 1);
}

/// A probe that stops the writer once at `stage`, after it was armed.
fn crash_at(stage: Stage) -> (Arc<AtomicBool>, CrashProbe) {
    let armed = Arc::new(AtomicBool::new(false));
    let fuse = armed.clone();
    (armed, Arc::new(move |probe| probe.stage == stage && fuse.swap(false, Ordering::SeqCst)))
}

#[tokio::test]
async fn a_crash_between_hold_and_booking_leaves_a_hold_that_expires() {
    let (armed, probe) = crash_at(Stage::BeforeCommit);
    let service = TestBookings::with(Options { probe: Some(probe), ..Options::default() }).await;
    armed.store(true, Ordering::SeqCst);
    assert_eq!(service.book("ann", KEY, TWO).await.code(), (504, "timeout"));
    let service = service.restart_after(Duration::from_secs(1), Options::default());
    assert_eq!(service.bookings().await, 0);
    let answer = service.book("ann", KEY, TWO).await;
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (201, None));
    let (holds, released) = service.fakes.with(|known| (known.holds.len(), known.released.len()));
    assert_eq!((holds, released), (2, 0), "the first hold cannot be known to be unused");
    assert_eq!((service.bookings().await, service.published_kinds().await.len()), (1, 1));
}

#[tokio::test]
async fn a_crash_after_the_commit_is_replayed_by_the_key() {
    let (armed, probe) = crash_at(Stage::AfterCommit);
    let service = TestBookings::with(Options { probe: Some(probe), ..Options::default() }).await;
    armed.store(true, Ordering::SeqCst);
    assert_eq!(service.book("ann", KEY, TWO).await.code(), (504, "timeout"));
    let service = service.restart_after(Duration::from_secs(1), Options::default());
    let answer = service.book("ann", KEY, TWO).await;
    assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(answer.body["id"], service.fakes.with(|known| known.holds[0].id.clone()));
    assert_eq!((service.bookings().await, service.published_kinds().await.len()), (1, 1));
}

#[tokio::test]
async fn a_booking_that_cannot_be_stored_releases_its_hold() {
    let service = TestBookings::new().await;
    service.fakes.with(|known| known.left = Some(2));
    service.writer.stop();
    assert_eq!(service.book("ann", &[], TWO).await.code(), (503, "unavailable"));
    assert_eq!(service.fakes.with(|known| (known.released.len(), known.left)), (1, Some(2)));
}
