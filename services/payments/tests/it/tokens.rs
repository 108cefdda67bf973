//! The outcome of each test token.

use std::time::Duration;

use boxoffice_contracts::{Reason, events::PaymentProcessed};
use boxoffice_payments::{
    PaymentsSettings,
    domain::{EntryKind, PaymentStatus},
    providers::simulated::store::ChargeStatus,
    store::{Entry, Payment},
};

use boxoffice_testkit::eventually;

use crate::harness::*;

const STEP: Duration = Duration::from_millis(100);

#[tokio::test]
async fn tok_ok_is_captured_at_once() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    payments.deliver_twice(&order.reserved()).await;
    eventually("the payment is captured", async || payments.status(&order).await == Some(PaymentStatus::Captured))
        .await;
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Captured]);
    assert_eq!(payments.outcomes(&order).await, ["paid"]);
    let outcome: PaymentProcessed = payments.messages(&order).await[0].read().unwrap();
    assert_eq!(outcome.amount.to_string(), "61.00");
    assert_eq!(outcome.transaction_id, payments.charge(&order).await.unwrap().provider_reference);
    assert!(outcome.transaction_id.unwrap().starts_with("ch_"));
    payments.close().await;
}

#[tokio::test]
async fn tok_declined_is_declined() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_declined");
    payments.deliver_twice(&order.reserved()).await;
    eventually("the payment is declined", async || payments.status(&order).await == Some(PaymentStatus::Declined))
        .await;
    // Inventory releases the seats, and the order fails.
    payments.deliver_twice(&order.failed(Reason::Declined)).await;
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Declined]);
    assert_eq!(payments.outcomes(&order).await, ["declined"]);
    payments.close().await;
}

#[tokio::test]
async fn an_unknown_token_is_declined() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_unknown");
    payments.deliver_twice(&order.reserved()).await;
    payments.settle(Duration::ZERO).await;
    assert_eq!(payments.outcomes(&order).await, ["declined"]);
    payments.close().await;
}

#[tokio::test]
async fn tok_slow_is_captured_within_the_timeout() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_slow");
    payments.deliver_twice(&order.reserved()).await;
    eventually("the provider has the charge", async || payments.charge(&order).await.is_some()).await;
    payments.clock.advance(Duration::from_millis(1900));
    assert_eq!(payments.status(&order).await, Some(PaymentStatus::Requested));
    payments.clock.advance(Duration::from_millis(100));
    eventually("the payment is captured", async || payments.status(&order).await == Some(PaymentStatus::Captured))
        .await;
    assert_eq!(payments.outcomes(&order).await, ["paid"], "no timeout was recorded");
    payments.close().await;
}

#[tokio::test]
async fn tok_slow_beyond_the_timeout_is_retried_and_charged_once() {
    let environment = Environment::new();
    let settings = PaymentsSettings { simulated_delay: Duration::from_secs(20), ..PaymentsSettings::default() };
    let payments = environment.start_with(Options { settings, ..Options::default() });
    let order = environment.order("tok_slow");
    payments.deliver_twice(&order.reserved()).await;
    let taken = payments.advance_until_status(&order, PaymentStatus::Captured, STEP).await;
    assert!(taken >= Duration::from_secs(20), "{taken:?}");
    assert_eq!(payments.outcomes(&order).await, ["pending", "paid"]);
    payments.close().await;
}

#[tokio::test]
async fn tok_silent_is_cancelled_at_the_deadline() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent");
    payments.deliver_twice(&order.reserved()).await;
    let silent = payments.advance_until_status(&order, PaymentStatus::Pending, STEP).await;
    assert!(silent >= Duration::from_secs(3), "{silent:?}");
    let step = Duration::from_secs(5);
    payments.advance_until_status(&order, PaymentStatus::Expired, step).await;
    let Payment { attempts, created_at, .. } = payments.payment(&order).await.unwrap();
    assert_eq!(attempts, 0);
    let entries: Vec<Entry> = payments.rows().await;
    let taken = entries[1].recorded_at.since(created_at);
    assert!(taken >= Duration::from_secs(900), "{taken:?}");
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Expired]);
    assert_eq!(payments.outcomes(&order).await, ["pending", "expired"]);
    assert_eq!(payments.charge(&order).await.unwrap().status, ChargeStatus::Cancelled);
    payments.close().await;
}

#[tokio::test]
async fn tok_silent_then_ok_is_captured_by_the_retry() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent_then_ok");
    payments.deliver_twice(&order.reserved()).await;
    let taken = payments.advance_until_status(&order, PaymentStatus::Captured, STEP).await;
    // The timeout of the first call, and at least half of the first retry delay.
    assert!(taken >= Duration::from_millis(3250), "{taken:?}");
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Captured]);
    assert_eq!(payments.outcomes(&order).await, ["pending", "paid"]);
    payments.close().await;
}

#[tokio::test]
async fn tok_silent_then_declined_is_declined_by_the_retry() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent_then_declined");
    payments.deliver_twice(&order.reserved()).await;
    payments.settle(STEP).await;
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Declined]);
    assert_eq!(payments.outcomes(&order).await, ["pending", "declined"]);
    payments.close().await;
}

#[tokio::test]
async fn a_capture_without_a_response_is_found_at_the_deadline() {
    let environment = Environment::new();
    // Only the first call is before the deadline.
    let settings = PaymentsSettings {
        deadline: Duration::from_secs(5),
        first_retry_delay: Duration::from_secs(60),
        max_retry_delay: Duration::from_secs(60),
        ..PaymentsSettings::default()
    };
    let payments = environment.start_with(Options { settings, ..Options::default() });
    let order = environment.order("tok_silent_then_ok");
    payments.deliver_twice(&order.reserved()).await;
    let taken = payments.advance_until_status(&order, PaymentStatus::Captured, STEP).await;
    assert!(taken >= Duration::from_secs(5) && taken < Duration::from_secs(60), "{taken:?}");
    assert_eq!(payments.outcomes(&order).await, ["pending", "paid"]);
    payments.close().await;
}

#[tokio::test]
async fn retry_delays_grow_and_are_jittered() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent");
    payments.deliver_twice(&order.reserved()).await;
    let mut distances = Vec::new();
    for attempts in 1..=9 {
        payments
            .advance_until("the call is repeated", Duration::from_millis(250), async || {
                payments.payment(&order).await.unwrap().attempts >= attempts
            })
            .await;
        let payment = payments.payment(&order).await.unwrap();
        distances.push(payment.next_call_at.unwrap().since(payments.clock.now()).as_secs_f64());
    }
    // 0.5 s doubled up to 30 s, each jittered over its upper half. The clock may have advanced by a step or two since.
    for (distance, full) in distances.iter().zip([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]) {
        assert!(*distance <= full && *distance > full / 2.0 - 1.0, "{distances:?}");
    }
    payments.abandon().await;
}
