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
    town::{Fault, Ordered, Town},
};

/// How each booking of [`sell`] ends.
const ENDS: [&str; 6] = ["CONFIRMED", "FAILED", "CONFIRMED", "CANCELLED", "CANCELLED", "CONFIRMED"];

/// One booking of every kind; returns their ids. Together they make every event of the saga.
async fn sell(town: &mut Town) -> Vec<String> {
    let mut ids = Vec::new();
    let one = |kind: i64, token: &str| json!({"lines": [{"ticketTypeId": kind, "quantity": 1}], "paymentToken": token});
    for body in [one(1, "tok_ok"), one(1, "tok_declined"), one(1, "tok_silent_then_ok"), one(1, "tok_ok")] {
        ids.push(town.must(ANN, Method::POST, "/api/v1/bookings", body).await.body["id"].as_str().unwrap().to_owned());
    }
    ids.push(
        town.must(ANN, Method::POST, "/api/v1/bookings", two("tok_slow")).await.body["id"].as_str().unwrap().to_owned(),
    );
    let order = town.must(ANN, Method::POST, "/api/v1/orders", one(2, "tok_ok")).await;
    ids.push(order.body["id"].as_str().unwrap().to_owned());
    wait_until_paid(town, &ids[3]).await;
    for index in [3, 4] {
        town.must(ANN, Method::POST, &format!("/api/v1/bookings/{}/cancel", ids[index]), Value::Null).await;
    }
    ids
}

/// A booking that is cancelled after its payment is one that is refunded.
async fn wait_until_paid(town: &mut Town, id: &str) {
    let clock = Clock::system();
    let end = clock.now().plus(Duration::from_secs(30));
    while town.booking(id).await["status"] != "CONFIRMED" {
        assert!(clock.now() < end, "{}", town.booking(id).await);
        town.recover().await;
    }
}

async fn expect_ends(town: &mut Town, ids: &[String], what: &str) {
    wait_until_nothing_is_held(town).await;
    for (id, end) in ids.iter().zip(ENDS) {
        let booking = town.booking(id).await;
        assert_eq!(booking["status"], end, "{what}: {booking}");
    }
    assert_eq!(town.places().await, (7, 0, 3), "{what}");
}

/// A request that was cut off by a crash leaves a hold that no booking claims, which runs out.
async fn wait_until_nothing_is_held(town: &mut Town) {
    let clock = Clock::system();
    let end = clock.now().plus(Duration::from_secs(30));
    while town.places().await.1 > 0 {
        assert!(clock.now() < end, "places are held: {:?}", town.places().await);
        town.recover().await;
    }
}

/// Every message that somebody hears, to everyone who hears it.
fn steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAGA.iter().flat_map(|step| step.consumed_by.iter().map(|consumer| (step.event, consumer.service)))
}

async fn with_each(fault: Fault) {
    for (kind, listener) in steps() {
        let ordered = Ordered::new(fault, listener, kind);
        let mut town = Town::open_with(Some(ordered.clone()), &[]).await;
        let ids = sell(&mut town).await;
        town.settle().await;
        let what = format!("{fault:?}: {kind} to {listener}");
        expect_ends(&mut town, &ids, &what).await;
        assert!(ordered.fired() > 0, "{what} never came to pass");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_late() {
    with_each(Fault::Late).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_early() {
    with_each(Fault::Early).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_crashed_before_its_commit() {
    with_each(Fault::CrashBefore).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_crashed_after_its_commit() {
    with_each(Fault::CrashAfter).await;
}

/// Everything that was ever said is delivered again, twice, in the reverse order: nothing changes, nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_again_after_the_end() {
    let mut town = Town::open().await;
    let ids = sell(&mut town).await;
    town.settle().await;
    let said = said(&town).await;
    for (kind, listener) in steps() {
        assert!(said.iter().any(|message| message.kind == kind), "{kind} was never said");
        for message in said.iter().rev().filter(|message| message.kind == kind) {
            for _ in 0..2 {
                let heard = town.system().service(listener).writer.handle(message).await;
                assert_eq!(heard, Ok(()), "{kind} to {listener}");
            }
        }
    }
    town.settle().await;
    expect_ends(&mut town, &ids, "again").await;
    assert_eq!(self::said(&town).await.len(), said.len(), "what is heard again is not answered again");
}

async fn said(town: &Town) -> Vec<boxoffice_envelope::Message> {
    let mut messages = Vec::new();
    for service in &town.system().services {
        let rows =
            service.writer.database().select::<OutboxMessage>("WHERE position > ?", vec![to_value(&0)]).await.unwrap();
        messages.extend(rows.into_iter().map(|row| row.message(service.name)));
    }
    messages
}
