//! Every step of the saga, by a loop over its table: each message to each consumer twice, late, early, and with a crash
//! before and after the commit of its effect. A step that is added is tested without a line here.

use std::time::Duration;

use axum::http::Method;
use boxoffice_clock::Clock;
use boxoffice_contracts::saga::SAGA;
use boxoffice_database::to_value;
use boxoffice_outbox::OutboxMessage;
use serde_json::{Value, json};

use crate::{
    journeys::{ANN, two},
    system::{Fault, FaultInjection, System},
};

/// The final status of each booking of [`sell`].
const ENDS: [&str; 6] = ["CONFIRMED", "FAILED", "CONFIRMED", "CANCELLED", "CANCELLED", "CONFIRMED"];

/// Creates bookings that together publish every event of the saga; returns their ids.
async fn sell(system: &mut System) -> Vec<String> {
    let mut ids = Vec::new();
    let one = |kind: i64, token: &str| json!({"lines": [{"ticketTypeId": kind, "quantity": 1}], "paymentToken": token});
    for body in [one(1, "tok_ok"), one(1, "tok_declined"), one(1, "tok_silent_then_ok"), one(1, "tok_ok")] {
        ids.push(
            system.send_until_done(ANN, Method::POST, "/api/v1/bookings", body).await.body["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    ids.push(
        system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_slow")).await.body["id"]
            .as_str()
            .unwrap()
            .to_owned(),
    );
    let order = system.send_until_done(ANN, Method::POST, "/api/v1/orders", one(2, "tok_ok")).await;
    ids.push(order.body["id"].as_str().unwrap().to_owned());
    wait_until_paid(system, &ids[3]).await;
    for index in [3, 4] {
        system
            .send_until_done(ANN, Method::POST, &format!("/api/v1/bookings/{}/cancel", ids[index]), Value::Null)
            .await;
    }
    ids
}

/// Waits for the payment: only a paid booking is refunded when it is cancelled.
async fn wait_until_paid(system: &mut System, id: &str) {
    let clock = Clock::system();
    let end = clock.now().plus(Duration::from_secs(30));
    while system.booking(id).await["status"] != "CONFIRMED" {
        assert!(clock.now() < end, "{}", system.booking(id).await);
        system.recover().await;
    }
}

async fn expect_ends(system: &mut System, ids: &[String], what: &str) {
    wait_until_nothing_is_held(system).await;
    for (id, end) in ids.iter().zip(ENDS) {
        let booking = system.booking(id).await;
        assert_eq!(booking["status"], end, "{what}: {booking}");
    }
    assert_eq!(system.seats().await, (7, 0, 3), "{what}");
}

/// Waits until all holds have ended: a request that a crash interrupted leaves a hold, which expires.
async fn wait_until_nothing_is_held(system: &mut System) {
    let clock = Clock::system();
    let end = clock.now().plus(Duration::from_secs(30));
    while system.seats().await.1 > 0 {
        assert!(clock.now() < end, "seats are held: {:?}", system.seats().await);
        system.recover().await;
    }
}

/// Each kind of message with each of its consumers.
fn steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAGA.iter().flat_map(|step| step.consumed_by.iter().map(|consumer| (step.event, consumer.service)))
}

async fn with_each_step(fault: Fault) {
    for (kind, consumer) in steps() {
        let injection = FaultInjection::new(fault, consumer, kind);
        let mut system = System::start_with(Some(injection.clone()), &[]).await;
        let ids = sell(&mut system).await;
        system.settle().await;
        let what = format!("{fault:?}: {kind} to {consumer}");
        expect_ends(&mut system, &ids, &what).await;
        assert!(injection.count() > 0, "{what} never occurred");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_tolerates_late_messages() {
    with_each_step(Fault::Late).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_tolerates_early_messages() {
    with_each_step(Fault::Early).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_recovers_from_a_crash_before_its_commit() {
    with_each_step(Fault::CrashBeforeCommit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_recovers_from_a_crash_after_its_commit() {
    with_each_step(Fault::CrashAfterCommit).await;
}

/// Redelivers every message twice, in reverse order: nothing changes and nothing is published.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_ignores_redelivery_after_the_end() {
    let mut system = System::start().await;
    let ids = sell(&mut system).await;
    system.settle().await;
    let published = published(&system).await;
    for (kind, consumer) in steps() {
        assert!(published.iter().any(|message| message.kind == kind), "{kind} was never published");
        for message in published.iter().rev().filter(|message| message.kind == kind) {
            for _ in 0..2 {
                let outcome = system.services().service(consumer).writer.handle(message).await;
                assert_eq!(outcome, Ok(()), "{kind} to {consumer}");
            }
        }
    }
    system.settle().await;
    expect_ends(&mut system, &ids, "again").await;
    assert_eq!(self::published(&system).await.len(), published.len(), "a redelivery publishes nothing");
}

async fn published(system: &System) -> Vec<boxoffice_envelope::Message> {
    let mut messages = Vec::new();
    for service in &system.services().services {
        let rows =
            service.writer.database().select::<OutboxMessage>("WHERE position > ?", vec![to_value(&0)]).await.unwrap();
        messages.extend(rows.into_iter().map(|row| row.message(service.name)));
    }
    messages
}
