//! Captured payments of ended orders are refunded once.

use std::time::Duration;

use boxoffice_contracts::{
    Reason,
    events::{PaymentRefunded, Refund},
};
use boxoffice_payments::{
    PaymentsSettings, Refusal,
    commands::{CallPolicy, RecordRefund, RetryRefund},
    domain::{EntryKind, PaymentStatus, RefundOutcome},
    providers::Fault,
};
use boxoffice_testkit::eventually;
use boxoffice_writer::Failure;

use crate::harness::*;

const STEP: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_cancelled_order_is_refunded_once() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    payments.deliver_twice(&order.reserved()).await;
    payments.settle(Duration::ZERO).await;
    payments.deliver_twice(&order.cancelled()).await;
    payments.deliver_twice(&order.failed(Reason::Expired)).await;
    eventually("the refund is done", async || payments.refund(&order).await == Some(Refund::Done)).await;
    assert_eq!(payments.status(&order).await, Some(PaymentStatus::Captured));
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Captured, EntryKind::Refunded]);
    assert_eq!(payments.outcomes(&order).await, ["paid", "refund pending", "refund done"]);
    let messages = payments.messages(&order).await;
    let [begun, done] = [1, 2].map(|nth| messages[nth].read::<PaymentRefunded>().unwrap());
    assert_eq!((begun.transaction_id, begun.amount.to_string()), (None, "61.00".to_owned()));
    assert_eq!(done.transaction_id, payments.charge(&order).await.unwrap().refund_reference);
    payments.close().await;
}

#[tokio::test]
async fn a_capture_after_the_cancellation_is_refunded_once() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_slow");
    payments.deliver_twice(&order.reserved()).await;
    eventually("the provider has the charge", async || payments.charge(&order).await.is_some()).await;
    payments.deliver_twice(&order.cancelled()).await;
    payments.settle(STEP).await;
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Captured, EntryKind::Refunded]);
    assert_eq!(payments.outcomes(&order).await, ["paid", "refund pending", "refund done"]);
    payments.close().await;
}

#[tokio::test]
async fn a_capture_without_a_response_is_found_at_the_cancellation_and_refunded() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent_then_ok");
    payments.deliver_twice(&order.reserved()).await;
    eventually("the provider has the charge", async || payments.charge(&order).await.is_some()).await;
    payments.deliver_twice(&order.cancelled()).await;
    payments.settle(STEP).await;
    assert_eq!(payments.outcomes(&order).await, ["pending", "paid", "refund pending", "refund done"]);
    payments.close().await;
}

#[tokio::test]
async fn a_refund_is_retried_until_it_is_done() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    payments.deliver_twice(&order.reserved()).await;
    payments.settle(Duration::ZERO).await;
    payments.close().await;
    for fault in [Fault::Error, Fault::Silent] {
        let settings = PaymentsSettings { fault, ..PaymentsSettings::default() };
        let payments = environment.start_with(Options { settings, ..Options::default() });
        payments.deliver_twice(&order.cancelled()).await;
        let known = payments.payment(&order).await.unwrap().attempts;
        payments
            .advance_until("the refund was attempted several times", STEP, async || {
                payments.payment(&order).await.unwrap().attempts > known + 3
            })
            .await;
        assert_eq!(payments.outcomes(&order).await, ["paid", "refund pending"]);
        payments.close().await;
    }
    let payments = environment.start();
    payments.advance_until_refund(&order, Refund::Done, STEP).await;
    assert_eq!(payments.outcomes(&order).await, ["paid", "refund pending", "refund done"]);
    payments.close().await;
}

#[tokio::test]
async fn a_failed_refund_is_published_once_and_waits_for_an_operator() {
    let environment = Environment::new();
    let order = environment.paid_order().await;
    // No task calls the provider: the test records the outcomes.
    let mut idle = environment.start_without_calls();
    idle.deliver_message(&order.cancelled()).await.unwrap();
    let policy = CallPolicy::new(STEP, STEP, STEP);
    for answer in [RefundOutcome::Failed, RefundOutcome::Failed, RefundOutcome::Done { reference: "re_late".into() }] {
        let record = RecordRefund { order: order.id, outcome: Some(answer), policy };
        assert_eq!(idle.run(record).await.unwrap(), None);
    }
    idle.stop().await;
    let payments = environment.start();
    payments.settle(STEP).await;
    assert_eq!(payments.refund(&order).await, Some(Refund::Failed));
    assert_eq!(payments.outcomes(&order).await, ["paid", "refund pending", "refund failed"]);
    payments.close().await;
}

#[tokio::test]
async fn a_failed_refund_is_retried_by_an_operator_and_done_once() {
    let environment = Environment::new();
    let order = environment.paid_order().await;
    let mut idle = environment.start_without_calls();
    let again = async || idle.run(RetryRefund { order: order.id }).await;
    assert!(matches!(again().await, Err(Failure::Refused(Refusal::NothingToRefund(_)))), "the order has not ended");
    idle.deliver_message(&order.cancelled()).await.unwrap();
    assert_eq!(again().await.unwrap().refund, Refund::Pending, "the refund is pending");
    let policy = CallPolicy::new(STEP, STEP, STEP);
    let refused = || RecordRefund { order: order.id, outcome: Some(RefundOutcome::Failed), policy };
    idle.run(refused()).await.unwrap();
    for _ in 0..2 {
        let payment = again().await.unwrap();
        assert_eq!((payment.refund, payment.attempts), (Refund::Pending, 0));
    }
    let unknown = RetryRefund { order: environment.order("tok_ok").id };
    assert!(matches!(idle.run(unknown).await, Err(Failure::Refused(Refusal::NotFound(_)))));
    idle.stop().await;
    let payments = environment.start();
    payments.advance_until_refund(&order, Refund::Done, STEP).await;
    assert_eq!(
        payments.outcomes(&order).await,
        ["paid", "refund pending", "refund failed", "refund pending", "refund done"]
    );
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Captured, EntryKind::Refunded]);
    let done = payments.run(RetryRefund { order: order.id }).await.unwrap();
    assert_eq!(done.refund, Refund::Done);
    payments.settle(STEP).await;
    assert_eq!(payments.outcomes(&order).await.len(), 5);
    payments.close().await;
}
