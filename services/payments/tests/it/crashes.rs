//! Crashes before and after every commit of payments and of the provider: a restart completes every payment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boxoffice_contracts::{Reason, events::Refund};
use boxoffice_envelope::Message;
use boxoffice_payments::domain::{EntryKind, PaymentStatus};
use boxoffice_testkit::eventually;
use boxoffice_writer::{CrashProbe, Stage};

use crate::harness::*;

const STEP: Duration = Duration::from_millis(500);

/// Crashes the writer before or after its `nth` commit. The counter counts down to the crash.
fn crash(nth: i64, at: Stage) -> (CrashProbe, Arc<AtomicI64>) {
    let left = Arc::new(AtomicI64::new(nth));
    let probe = left.clone();
    (Arc::new(move |stop| stop.stage == at && probe.fetch_sub(1, Ordering::SeqCst) == 1), left)
}

#[tokio::test]
async fn a_crash_between_the_charge_and_its_record_charges_once() {
    let environment = Environment::new();
    let order = environment.order("tok_ok");
    // The intent is the first commit, the outcome the second.
    let (probe, _) = crash(2, Stage::BeforeCommit);
    let payments = environment.start_with(Options { probe: Some(probe), ..Options::default() });
    payments.deliver_message(&order.reserved()).await.unwrap();
    eventually("payments crashes", async || payments.writer.is_closed()).await;
    assert_eq!(payments.movements().await.len(), 1, "the provider has charged the order");
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent], "payments has no outcome");
    payments.abandon().await;
    let payments = environment.start();
    eventually("the outcome is known", async || payments.status(&order).await == Some(PaymentStatus::Captured)).await;
    payments.deliver_twice(&order.reserved()).await;
    assert_eq!(payments.outcomes(&order).await, ["paid"]);
    assert_eq!(payments.movements().await.len(), 1);
    payments.close().await;
}

#[tokio::test]
async fn an_intent_whose_signal_was_lost_is_charged_after_a_restart() {
    let environment = Environment::new();
    let order = environment.order("tok_ok");
    let mut idle = environment.start_without_calls();
    idle.deliver_message(&order.reserved()).await.unwrap();
    idle.stop().await;
    let payments = environment.start();
    eventually("it is captured", async || payments.status(&order).await == Some(PaymentStatus::Captured)).await;
    payments.close().await;
}

/// Twenty orders with all tokens; a third end before their reservation, a third after it.
fn orders(environment: &Environment) -> Vec<(Order, Vec<Message>)> {
    let tokens = ["tok_ok", "tok_declined", "tok_slow", "tok_silent_then_ok", "tok_silent"];
    let order = |nth: usize| {
        let order = environment.order(tokens[nth % tokens.len()]);
        let messages = match nth % 3 {
            0 => vec![order.reserved()],
            1 => vec![order.reserved(), order.cancelled()],
            _ => vec![order.failed(Reason::Expired), order.reserved(), order.cancelled()],
        };
        (order, messages)
    };
    (0..20).map(order).collect()
}

/// Delivers all messages. Deliveries to a crashed service are repeated after the restart, as from a log.
async fn deliver(payments: &TestPayments, orders: &[(Order, Vec<Message>)]) {
    for (_, messages) in orders {
        for message in messages {
            let _ = payments.writer.handle(message).await;
        }
    }
}

async fn advance_until_settled_or_crashed(payments: &TestPayments, crashed: impl Fn() -> bool) {
    payments
        .advance_until("payments is settled or crashed", STEP, async || crashed() || payments.is_settled().await)
        .await;
}

/// A run that crashes at the nth commit and restarts; `false` if the run had fewer commits.
async fn crash_and_restart(nth: i64, at: Stage, at_the_provider: bool) -> bool {
    let environment = Environment::new();
    let orders = orders(&environment);
    let (probe, left) = crash(nth, at);
    let special = if at_the_provider {
        Options { provider_probe: Some(probe), ..Options::default() }
    } else {
        Options { probe: Some(probe), ..Options::default() }
    };
    // A short deadline, so that a payment without a response ends soon.
    let settings = || {
        let deadline = Duration::from_secs(20);
        boxoffice_payments::PaymentsSettings { deadline, ..Default::default() }
    };
    let payments = environment.start_with(Options { settings: settings(), ..special });
    deliver(&payments, &orders).await;
    advance_until_settled_or_crashed(&payments, || left.load(Ordering::SeqCst) <= 0).await;
    let crashed = left.load(Ordering::SeqCst) <= 0;
    payments.abandon().await;
    let payments = environment.start_with(Options { settings: settings(), ..Options::default() });
    deliver(&payments, &orders).await;
    payments.settle(STEP).await;
    for (nth, (order, _)) in orders.iter().enumerate() {
        let payment = payments.payment(order).await.unwrap();
        match nth % 3 {
            0 => assert_eq!((payment.order_ended, payment.refund), (None, Refund::None)),
            1 => assert_ne!(payment.refund, Refund::Pending),
            _ => assert_eq!(payment.status, PaymentStatus::NotRequested),
        }
        if payment.order_ended.is_some() && payment.status == PaymentStatus::Captured {
            assert_eq!(payment.refund, Refund::Done);
        }
    }
    payments.close().await;
    crashed
}

async fn crash_everywhere(at: Stage, at_the_provider: bool) {
    let mut commits = 0;
    while crash_and_restart(commits + 1, at, at_the_provider).await {
        commits += 1;
    }
    assert!(commits >= 5, "{commits} commits are too few for this test");
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_before_every_commit_of_payments_lose_nothing() {
    crash_everywhere(Stage::BeforeCommit, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_after_every_commit_of_payments_lose_nothing() {
    crash_everywhere(Stage::AfterCommit, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_before_every_commit_of_the_provider_lose_nothing() {
    crash_everywhere(Stage::BeforeCommit, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_after_every_commit_of_the_provider_lose_nothing() {
    crash_everywhere(Stage::AfterCommit, true).await;
}
