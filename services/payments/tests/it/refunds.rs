//! Money of orders that ended is given back, once.

use std::time::Duration;

use boxoffice_contracts::{
    Reason,
    events::{PaymentRefunded, Refund},
};
use boxoffice_envelope::Origin;
use boxoffice_payments::{
    PaymentsSettings, Refusal,
    commands::{CallPolicy, RecordRefund, RetryRefund},
    domain::{EntryKind, PaymentStatus, RefundOutcome},
    providers::Fault,
};
use boxoffice_writer::Failure;

use crate::setting::*;

const STEP: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_cancelled_order_is_refunded_once() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    shop.hears(&order.cancelled()).await;
    shop.hears(&order.failed(Reason::Expired)).await;
    shop.eventually("it is given back", async || shop.refund(&order).await == Some(Refund::Done)).await;
    assert_eq!(shop.status(&order).await, Some(PaymentStatus::Captured));
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Captured, EntryKind::Refunded]);
    assert_eq!(shop.said(&order).await, ["paid", "refund pending", "refund done"]);
    let messages = shop.messages(&order).await;
    let [begun, done] = [1, 2].map(|nth| messages[nth].read::<PaymentRefunded>().unwrap());
    assert_eq!((begun.transaction_id, begun.amount.to_string()), (None, "61.00".to_owned()));
    assert_eq!(done.transaction_id, shop.charge(&order).await.unwrap().refund_reference);
    shop.close().await;
}

#[tokio::test]
async fn an_answer_that_comes_after_the_order_was_cancelled_is_refunded_once() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_slow");
    shop.hears(&order.reserved()).await;
    shop.eventually("the call is under way", async || shop.charge(&order).await.is_some()).await;
    shop.hears(&order.cancelled()).await;
    shop.settle(STEP).await;
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Captured, EntryKind::Refunded]);
    assert_eq!(shop.said(&order).await, ["paid", "refund pending", "refund done"]);
    shop.close().await;
}

#[tokio::test]
async fn what_was_charged_without_a_word_is_found_out_when_the_order_is_cancelled_and_given_back() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent_then_ok");
    shop.hears(&order.reserved()).await;
    shop.eventually("the call is under way", async || shop.charge(&order).await.is_some()).await;
    shop.hears(&order.cancelled()).await;
    shop.settle(STEP).await;
    assert_eq!(shop.said(&order).await, ["pending", "paid", "refund pending", "refund done"]);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_is_asked_for_until_it_is_done() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    shop.close().await;
    for fault in [Fault::Error, Fault::Silent] {
        let settings = PaymentsSettings { fault, ..PaymentsSettings::default() };
        let shop = place.open_with(Special { settings, ..Special::default() });
        shop.hears(&order.cancelled()).await;
        let known = shop.payment(&order).await.unwrap().attempts;
        shop.until("it was asked for some times", STEP, async || {
            shop.payment(&order).await.unwrap().attempts > known + 3
        })
        .await;
        assert_eq!(shop.said(&order).await, ["paid", "refund pending"]);
        shop.close().await;
    }
    let shop = place.open();
    shop.until("it is given back", STEP, async || shop.refund(&order).await == Some(Refund::Done)).await;
    assert_eq!(shop.said(&order).await, ["paid", "refund pending", "refund done"]);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_that_the_provider_refuses_is_said_once_and_left_to_people() {
    let place = Place::new();
    let order = place.order("tok_ok");
    let shop = place.open();
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    shop.close().await;
    // Nobody calls the provider: the test answers in its place.
    let writer = place.writer(None);
    writer.handle(&order.cancelled()).await.unwrap();
    let policy = CallPolicy::new(STEP, STEP, STEP);
    for answer in [RefundOutcome::Failed, RefundOutcome::Failed, RefundOutcome::Done { reference: "re_late".into() }] {
        let record = RecordRefund { order: order.id, outcome: Some(answer), policy };
        assert_eq!(writer.run(Origin::default(), record).await.unwrap(), None);
    }
    writer.stop();
    let shop = place.open();
    shop.settle(STEP).await;
    assert_eq!(shop.refund(&order).await, Some(Refund::Failed));
    assert_eq!(shop.said(&order).await, ["paid", "refund pending", "refund failed"]);
    shop.close().await;
}

#[tokio::test]
async fn a_refund_that_was_refused_is_asked_for_again_by_people_and_done_once() {
    let place = Place::new();
    let order = place.order("tok_ok");
    let shop = place.open();
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    shop.close().await;
    let writer = place.writer(None);
    let again = async || writer.run(Origin::default(), RetryRefund { order: order.id }).await;
    assert!(matches!(again().await, Err(Failure::Refused(Refusal::NothingToRefund(_)))), "it has not ended");
    writer.handle(&order.cancelled()).await.unwrap();
    assert_eq!(again().await.unwrap().refund, Refund::Pending, "it is under way");
    let policy = CallPolicy::new(STEP, STEP, STEP);
    let refused = || RecordRefund { order: order.id, outcome: Some(RefundOutcome::Failed), policy };
    writer.run(Origin::default(), refused()).await.unwrap();
    for _ in 0..2 {
        let payment = again().await.unwrap();
        assert_eq!((payment.refund, payment.attempts), (Refund::Pending, 0));
    }
    let unknown = RetryRefund { order: place.order("tok_ok").id };
    assert!(matches!(writer.run(Origin::default(), unknown).await, Err(Failure::Refused(Refusal::NotFound(_)))));
    writer.stop();
    let shop = place.open();
    shop.until("it is given back", STEP, async || shop.refund(&order).await == Some(Refund::Done)).await;
    assert_eq!(shop.said(&order).await, ["paid", "refund pending", "refund failed", "refund pending", "refund done"]);
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Captured, EntryKind::Refunded]);
    let done = shop.writer.run(Origin::default(), RetryRefund { order: order.id }).await.unwrap();
    assert_eq!(done.refund, Refund::Done);
    shop.settle(STEP).await;
    assert_eq!(shop.said(&order).await.len(), 5);
    shop.close().await;
}
