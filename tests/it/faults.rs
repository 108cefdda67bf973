//! Every step of the saga, by a loop over its table: each message to each listener twice, late, early, and with a crash
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

/// How each booking of [`sell`] ends.
const ENDS: [&str; 6] = ["CONFIRMED", "FAILED", "CONFIRMED", "CANCELLED", "CANCELLED", "CONFIRMED"];

/// One booking of every kind; returns their ids. Together they make every event of the saga.
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

/// A booking that is cancelled after its payment is one that is refunded.
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

/// A request that was cut off by a crash leaves a hold that no booking claims, which runs out.
async fn wait_until_nothing_is_held(system: &mut System) {
    let clock = Clock::system();
    let end = clock.now().plus(Duration::from_secs(30));
    while system.seats().await.1 > 0 {
        assert!(clock.now() < end, "places are held: {:?}", system.seats().await);
        system.recover().await;
    }
}

/// Every message that somebody hears, to everyone who hears it.
fn steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAGA.iter().flat_map(|step| step.consumed_by.iter().map(|consumer| (step.event, consumer.service)))
}

async fn with_each(fault: Fault) {
    for (kind, listener) in steps() {
        let ordered = FaultInjection::new(fault, listener, kind);
        let mut system = System::start_with(Some(ordered.clone()), &[]).await;
        let ids = sell(&mut system).await;
        system.settle().await;
        let what = format!("{fault:?}: {kind} to {listener}");
        expect_ends(&mut system, &ids, &what).await;
        assert!(ordered.count() > 0, "{what} never came to pass");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_tolerates_late_messages() {
    with_each(Fault::Late).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_tolerates_early_messages() {
    with_each(Fault::Early).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_recovers_from_a_crash_before_its_commit() {
    with_each(Fault::CrashBeforeCommit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_recovers_from_a_crash_after_its_commit() {
    with_each(Fault::CrashAfterCommit).await;
}

/// Everything that was ever said is delivered again, twice, in the reverse order: nothing changes, nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_ignores_redelivery_after_the_end() {
    let mut system = System::start().await;
    let ids = sell(&mut system).await;
    system.settle().await;
    let said = said(&system).await;
    for (kind, listener) in steps() {
        assert!(said.iter().any(|message| message.kind == kind), "{kind} was never said");
        for message in said.iter().rev().filter(|message| message.kind == kind) {
            for _ in 0..2 {
                let heard = system.services().service(listener).writer.handle(message).await;
                assert_eq!(heard, Ok(()), "{kind} to {listener}");
            }
        }
    }
    system.settle().await;
    expect_ends(&mut system, &ids, "again").await;
    assert_eq!(self::said(&system).await.len(), said.len(), "what is heard again is not answered again");
}

async fn said(system: &System) -> Vec<boxoffice_envelope::Message> {
    let mut messages = Vec::new();
    for service in &system.services().services {
        let rows =
            service.writer.database().select::<OutboxMessage>("WHERE position > ?", vec![to_value(&0)]).await.unwrap();
        messages.extend(rows.into_iter().map(|row| row.message(service.name)));
    }
    messages
}
