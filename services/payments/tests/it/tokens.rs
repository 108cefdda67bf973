//! Each test token to its end.

use std::time::Duration;

use boxoffice_contracts::{Reason, events::PaymentProcessed};
use boxoffice_payments::{
    PaymentsSettings,
    domain::{EntryKind, PaymentStatus},
    providers::simulated::store::ChargeStatus,
    store::{Entry, Payment},
};

use crate::setting::*;

const STEP: Duration = Duration::from_millis(100);

#[tokio::test]
async fn tok_ok_is_captured_without_any_time_passing() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    shop.hears(&order.reserved()).await;
    shop.eventually("it is captured", async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Captured]);
    assert_eq!(shop.said(&order).await, ["paid"]);
    let outcome: PaymentProcessed = shop.messages(&order).await[0].read().unwrap();
    assert_eq!(outcome.amount.to_string(), "61.00");
    assert_eq!(outcome.transaction_id, shop.charge(&order).await.unwrap().provider_reference);
    assert!(outcome.transaction_id.unwrap().starts_with("ch_"));
    shop.close().await;
}

#[tokio::test]
async fn tok_declined_is_declined() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_declined");
    shop.hears(&order.reserved()).await;
    shop.eventually("it is declined", async || shop.status(&order).await == Some(PaymentStatus::Declined)).await;
    // Inventory frees the seats because of it, and so the order fails.
    shop.hears(&order.failed(Reason::Declined)).await;
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Declined]);
    assert_eq!(shop.said(&order).await, ["declined"]);
    shop.close().await;
}

#[tokio::test]
async fn an_unknown_token_is_declined() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_of_nobody");
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    assert_eq!(shop.said(&order).await, ["declined"]);
    shop.close().await;
}

#[tokio::test]
async fn tok_slow_is_waited_for_within_the_time_limit() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_slow");
    shop.hears(&order.reserved()).await;
    shop.eventually("the provider has the charge", async || shop.charge(&order).await.is_some()).await;
    shop.hand.advance(Duration::from_millis(1900));
    assert_eq!(shop.status(&order).await, Some(PaymentStatus::Requested));
    shop.hand.advance(Duration::from_millis(100));
    shop.eventually("it is captured", async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    assert_eq!(shop.said(&order).await, ["paid"], "it was never thought to be silent");
    shop.close().await;
}

#[tokio::test]
async fn tok_slow_beyond_the_time_limit_is_asked_again_and_charged_once() {
    let place = Place::new();
    let settings = PaymentsSettings { simulated_delay: Duration::from_secs(20), ..PaymentsSettings::default() };
    let shop = place.open_with(Special { settings, ..Special::default() });
    let order = place.order("tok_slow");
    shop.hears(&order.reserved()).await;
    let taken =
        shop.until("it is captured", STEP, async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    assert!(taken >= Duration::from_secs(20), "{taken:?}");
    assert_eq!(shop.said(&order).await, ["pending", "paid"]);
    shop.close().await;
}

#[tokio::test]
async fn tok_silent_is_called_off_at_the_deadline() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent");
    shop.hears(&order.reserved()).await;
    let silent =
        shop.until("it is pending", STEP, async || shop.status(&order).await == Some(PaymentStatus::Pending)).await;
    assert!(silent >= Duration::from_secs(3), "{silent:?}");
    let step = Duration::from_secs(5);
    shop.until("it is over", step, async || shop.status(&order).await == Some(PaymentStatus::Expired)).await;
    let Payment { attempts, created_at, .. } = shop.payment(&order).await.unwrap();
    assert_eq!(attempts, 0);
    let entries: Vec<Entry> = all(&shop.writer).await;
    let taken = entries[1].recorded_at.since(created_at);
    assert!(taken >= Duration::from_secs(900), "{taken:?}");
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Expired]);
    assert_eq!(shop.said(&order).await, ["pending", "expired"]);
    assert_eq!(shop.charge(&order).await.unwrap().status, ChargeStatus::Cancelled);
    shop.close().await;
}

#[tokio::test]
async fn tok_silent_then_ok_is_captured_when_it_is_asked_again() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent_then_ok");
    shop.hears(&order.reserved()).await;
    let taken =
        shop.until("it is captured", STEP, async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    // The first call's time limit, and at least the lower half of the first wait.
    assert!(taken >= Duration::from_millis(3250), "{taken:?}");
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Captured]);
    assert_eq!(shop.said(&order).await, ["pending", "paid"]);
    shop.close().await;
}

#[tokio::test]
async fn tok_silent_then_declined_is_declined_when_it_is_asked_again() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent_then_declined");
    shop.hears(&order.reserved()).await;
    shop.settle(STEP).await;
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Declined]);
    assert_eq!(shop.said(&order).await, ["pending", "declined"]);
    shop.close().await;
}

#[tokio::test]
async fn what_was_charged_without_a_word_is_found_out_at_the_deadline() {
    let place = Place::new();
    // The first call is the only one before the deadline.
    let settings = PaymentsSettings {
        deadline: Duration::from_secs(5),
        first_retry_delay: Duration::from_secs(60),
        max_retry_delay: Duration::from_secs(60),
        ..PaymentsSettings::default()
    };
    let shop = place.open_with(Special { settings, ..Special::default() });
    let order = place.order("tok_silent_then_ok");
    shop.hears(&order.reserved()).await;
    let taken =
        shop.until("it is captured", STEP, async || shop.status(&order).await == Some(PaymentStatus::Captured)).await;
    assert!(taken >= Duration::from_secs(5) && taken < Duration::from_secs(60), "{taken:?}");
    assert_eq!(shop.said(&order).await, ["pending", "paid"]);
    shop.close().await;
}

#[tokio::test]
async fn calls_that_are_not_answered_come_at_growing_distances() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent");
    shop.hears(&order.reserved()).await;
    let mut distances = Vec::new();
    for attempts in 1..=9 {
        shop.until("it is called again", Duration::from_millis(250), async || {
            shop.payment(&order).await.unwrap().attempts >= attempts
        })
        .await;
        let payment = shop.payment(&order).await.unwrap();
        distances.push(payment.next_call_at.unwrap().since(shop.hand.now()).as_secs_f64());
    }
    // 0.5 s doubled to 30 s, each spread over its upper half; the clock may have moved on by a step or two since.
    for (distance, full) in distances.iter().zip([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]) {
        assert!(*distance <= full && *distance > full / 2.0 - 1.0, "{distances:?}");
    }
    shop.leave().await;
}
