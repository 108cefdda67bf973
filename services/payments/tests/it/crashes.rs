//! Ended at any commit, of payments or of the provider, everything ends right after the next start.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boxoffice_contracts::{Reason, events::Refund};
use boxoffice_envelope::Message;
use boxoffice_payments::{
    domain::{EntryKind, PaymentStatus},
    providers::simulated::store::MovementRow,
    store::Payment,
};
use boxoffice_writer::{CrashProbe, Stage};

use crate::setting::*;

const STEP: Duration = Duration::from_millis(500);

/// Ends the writer at its `nth` commit, on this side of it; `fired` counts down to that.
fn crash(nth: i64, at: Stage) -> (CrashProbe, Arc<AtomicI64>) {
    let left = Arc::new(AtomicI64::new(nth));
    let probe = left.clone();
    (Arc::new(move |stop| stop.stage == at && probe.fetch_sub(1, Ordering::SeqCst) == 1), left)
}

#[tokio::test]
async fn a_crash_between_the_charge_and_its_record_charges_once() {
    let place = Place::new();
    let order = place.order("tok_ok");
    // The intent is the first commit, the outcome the second.
    let (probe, _) = crash(2, Stage::BeforeCommit);
    let shop = place.open_with(Special { probe: Some(probe), ..Special::default() });
    shop.writer.handle(&order.reserved()).await.unwrap();
    shop.eventually("it crashed", async || shop.writer.is_closed()).await;
    assert_eq!(all::<MovementRow>(&shop.books).await.len(), 1, "the provider has taken the money");
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent], "and payments does not know");
    shop.leave().await;
    let shop = place.open();
    shop.eventually("it is known", async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    shop.hears(&order.reserved()).await;
    assert_eq!(shop.said(&order).await, ["paid"]);
    assert_eq!(all::<MovementRow>(&shop.books).await.len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn an_intent_whose_hint_was_lost_is_charged_after_the_next_start() {
    let place = Place::new();
    let order = place.order("tok_ok");
    let writer = place.writer(None);
    writer.handle(&order.reserved()).await.unwrap();
    writer.stop();
    let shop = place.open();
    shop.eventually("it is captured", async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    shop.close().await;
}

/// Twenty orders of all kinds, a third of which end early, a third late.
fn orders(place: &Place) -> Vec<(Order, Vec<Message>)> {
    let tokens = ["tok_ok", "tok_declined", "tok_slow", "tok_silent_then_ok", "tok_silent"];
    let order = |nth: usize| {
        let order = place.order(tokens[nth % tokens.len()]);
        let messages = match nth % 3 {
            0 => vec![order.reserved()],
            1 => vec![order.reserved(), order.cancelled()],
            _ => vec![order.failed(Reason::Expired), order.reserved(), order.cancelled()],
        };
        (order, messages)
    };
    (0..20).map(order).collect()
}

/// Delivers everything, one after the other; what finds the shop crashed is delivered after the next start, as a log
/// would.
async fn deliver(shop: &Shop, orders: &[(Order, Vec<Message>)]) {
    for (_, messages) in orders {
        for message in messages {
            let _ = shop.writer.handle(message).await;
        }
    }
}

async fn go_on_until_settled_or_crashed(shop: &Shop, crashed: impl Fn() -> bool) {
    shop.until("everything is settled, or it crashed", STEP, async || {
        let open = "WHERE next_call_at IS NOT NULL LIMIT 1";
        crashed() || shop.writer.database().select::<Payment>(open, Vec::new()).await.unwrap().is_empty()
    })
    .await;
}

/// One run that ends at the nth commit and is taken up again; `false` when it had fewer commits.
async fn crash_and_go_on(nth: i64, at: Stage, at_the_provider: bool) -> bool {
    let place = Place::new();
    let orders = orders(&place);
    let (probe, left) = crash(nth, at);
    let special = if at_the_provider {
        Special { provider_probe: Some(probe), ..Special::default() }
    } else {
        Special { probe: Some(probe), ..Special::default() }
    };
    // A short deadline, so that a silent payment is over soon.
    let settings = || {
        let deadline = Duration::from_secs(20);
        boxoffice_payments::PaymentsSettings { deadline, ..Default::default() }
    };
    let shop = place.open_with(Special { settings: settings(), ..special });
    deliver(&shop, &orders).await;
    go_on_until_settled_or_crashed(&shop, || left.load(Ordering::SeqCst) <= 0).await;
    let crashed = left.load(Ordering::SeqCst) <= 0;
    shop.leave().await;
    let shop = place.open_with(Special { settings: settings(), ..Special::default() });
    deliver(&shop, &orders).await;
    shop.settle(STEP).await;
    for (nth, (order, _)) in orders.iter().enumerate() {
        let payment = shop.payment(order).await.unwrap();
        match nth % 3 {
            0 => assert_eq!((payment.order_ended, payment.refund), (None, Refund::None)),
            1 => assert_ne!(payment.refund, Refund::Pending),
            _ => assert_eq!(payment.status, PaymentStatus::NotRequested),
        }
        if payment.order_ended.is_some() && payment.status == PaymentStatus::Captured {
            assert_eq!(payment.refund, Refund::Done);
        }
    }
    shop.close().await;
    crashed
}

async fn crash_everywhere(at: Stage, at_the_provider: bool) {
    let mut commits = 0;
    while crash_and_go_on(commits + 1, at, at_the_provider).await {
        commits += 1;
    }
    assert!(commits >= 5, "{commits} commits are too few to mean anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_commit_of_payments() {
    crash_everywhere(Stage::BeforeCommit, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_commit_of_payments() {
    crash_everywhere(Stage::AfterCommit, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_commit_of_the_provider() {
    crash_everywhere(Stage::BeforeCommit, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_commit_of_the_provider() {
    crash_everywhere(Stage::AfterCommit, true).await;
}
