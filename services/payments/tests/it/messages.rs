//! Messages that arrive early, late, twice and in any order.

use std::time::Duration;

use boxoffice_contracts::{
    Decimal, Reason,
    events::{PaymentProcessed, Refund},
    saga,
};
use boxoffice_envelope::Message;
use boxoffice_payments::{
    commands::{CallPolicy, RecordOutcome},
    domain::{EntryKind, PaymentOutcome, PaymentStatus},
    reactions,
    store::{Entry, Payment},
};

use boxoffice_testkit::eventually;

use crate::harness::*;

const STEP: Duration = Duration::from_millis(500);

#[test]
fn payments_handles_the_events_that_the_saga_assigns_to_it() {
    let kinds: Vec<_> = reactions().kinds().into_iter().collect();
    let mut expected = saga::consumed_by("payments");
    expected.sort_unstable();
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_refused_reservation_creates_no_payment() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    payments.deliver_twice(&order.message(&order.reservation(false))).await;
    assert_eq!(payments.payment(&order).await, None);
    payments.close().await;
}

#[tokio::test]
async fn a_free_order_is_paid_at_once_without_the_provider() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = Order { price: 0, ..environment.order("tok_declined") };
    payments.deliver_twice(&order.reserved()).await;
    assert_eq!(payments.status(&order).await, Some(PaymentStatus::Free));
    assert_eq!(payments.outcomes(&order).await, ["paid"]);
    let [entry] = &payments.rows::<Entry>().await[..] else { panic!("one entry") };
    assert_eq!((entry.kind, entry.amount_minor, entry.number), (EntryKind::Free, 0, 1));
    payments.deliver_twice(&order.cancelled()).await;
    assert_eq!(payments.outcomes(&order).await, ["paid"], "a free order has no refund");
    assert_eq!(payments.refund(&order).await, Some(Refund::None));
    assert!(payments.charge(&order).await.is_none());
    payments.close().await;
}

#[tokio::test]
async fn an_order_that_ends_before_its_reservation_is_never_charged() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    payments.deliver_twice(&order.failed(Reason::Expired)).await;
    assert_eq!(payments.status(&order).await, Some(PaymentStatus::NotRequested));
    payments.deliver_twice(&order.reserved()).await;
    payments.deliver_twice(&order.cancelled()).await;
    assert_eq!(payments.status(&order).await, Some(PaymentStatus::NotRequested));
    assert!(payments.outcomes(&order).await.is_empty() && payments.entries(&order).await.is_empty());
    assert!(payments.charge(&order).await.is_none());
    payments.close().await;
}

#[tokio::test]
async fn an_invalid_amount_is_refused_and_changes_nothing() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    for amount in ["-1.00", "1.005", "123456789012345678"] {
        let amount: Decimal = amount.parse().unwrap();
        let message =
            order.message(&boxoffice_contracts::events::InventoryReserved { amount, ..order.reservation(true) });
        assert!(payments.writer.handle(&message).await.is_err(), "{amount}");
    }
    assert_eq!(payments.payment(&order).await, None);
    payments.close().await;
}

#[tokio::test]
async fn an_order_that_ends_while_the_provider_is_silent_is_cancelled() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent");
    payments.deliver_twice(&order.reserved()).await;
    payments.advance_until_status(&order, PaymentStatus::Pending, STEP).await;
    payments.deliver_twice(&order.failed(Reason::Expired)).await;
    eventually("the payment is cancelled", async || payments.status(&order).await == Some(PaymentStatus::Cancelled))
        .await;
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Cancelled]);
    assert_eq!(payments.outcomes(&order).await, ["pending", "expired"]);
    payments.close().await;
}

#[tokio::test]
async fn an_order_that_ends_during_a_call_is_cancelled_after_it() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_silent");
    payments.deliver_twice(&order.reserved()).await;
    eventually("the provider has the charge", async || payments.charge(&order).await.is_some()).await;
    payments.deliver_twice(&order.cancelled()).await;
    assert_eq!(payments.status(&order).await, Some(PaymentStatus::Requested));
    payments.settle(STEP).await;
    assert_eq!(payments.entries(&order).await, [EntryKind::Intent, EntryKind::Cancelled]);
    assert_eq!(payments.outcomes(&order).await, ["pending", "cancelled"]);
    payments.close().await;
}

#[tokio::test]
async fn an_order_that_ends_before_its_charge_was_sent_is_not_charged() {
    let environment = Environment::new();
    let order = environment.order("tok_ok");
    // No task calls the provider yet.
    let mut idle = environment.start_without_calls();
    idle.deliver_message(&order.reserved()).await.unwrap();
    idle.deliver_message(&order.cancelled()).await.unwrap();
    idle.stop().await;
    let payments = environment.start();
    payments.settle(Duration::ZERO).await;
    assert_eq!(payments.outcomes(&order).await, ["cancelled"]);
    assert_eq!(payments.movements().await.len(), 0);
    payments.close().await;
}

#[tokio::test]
async fn every_delivery_order_reaches_the_right_status() {
    let environment = Environment::new();
    let payments = environment.start();
    let mut orders = Vec::new();
    for token in ["tok_ok", "tok_declined", "tok_slow", "tok_silent", "tok_silent_then_ok", "tok_silent_then_declined"]
    {
        for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let order = environment.order(token);
            let messages = [order.reserved(), order.cancelled(), order.failed(Reason::Expired)];
            for nth in sequence {
                payments.deliver_twice(&messages[nth]).await;
            }
            orders.push((order, messages, sequence[0] == 0));
        }
    }
    payments.settle(STEP).await;
    for (order, messages, had_intent) in &orders {
        for message in messages {
            payments.deliver_twice(message).await;
        }
        let payment = payments.payment(order).await.unwrap();
        assert_eq!(payment.status == PaymentStatus::NotRequested, !had_intent);
        let entries = payments.entries(order).await;
        assert_eq!(entries.contains(&EntryKind::Captured), entries.contains(&EntryKind::Refunded), "{order:?}");
    }
    payments.settle(STEP).await;
    payments.close().await;
}

#[tokio::test]
async fn a_duplicate_late_or_unknown_outcome_changes_nothing() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    payments.deliver_twice(&order.reserved()).await;
    payments.settle(Duration::ZERO).await;
    let before = (payments.payment(&order).await, payments.messages(&order).await);
    let policy = CallPolicy::new(STEP, STEP, STEP);
    let captured = PaymentOutcome::Captured { reference: "ch_other".into() };
    for answer in [Some(captured), Some(PaymentOutcome::Declined), Some(PaymentOutcome::Cancelled), None] {
        for order in [order.id, environment.order("tok_ok").id] {
            let record = RecordOutcome { order, outcome: answer.clone(), policy };
            assert_eq!(payments.run(record).await.unwrap(), None);
        }
    }
    assert_eq!((payments.payment(&order).await, payments.messages(&order).await), before);
    payments.close().await;
}

#[tokio::test]
async fn published_messages_have_the_origin_of_their_cause() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_ok");
    let (reserved, cancelled) = (order.reserved(), order.cancelled());
    payments.deliver_twice(&reserved).await;
    payments.settle(Duration::ZERO).await;
    payments.deliver_twice(&cancelled).await;
    payments.settle(Duration::ZERO).await;
    let origins: Vec<_> = payments.messages(&order).await.into_iter().map(|message| message.origin).collect();
    let of = |causation_id: &Message| causation_id.caused_origin("payments");
    assert_eq!(origins, [of(&reserved), of(&cancelled), of(&cancelled)]);
    payments.close().await;
}

#[tokio::test]
async fn a_thousand_concurrent_payments_are_charged_with_limited_concurrency() {
    let environment = Environment::new();
    let settings = boxoffice_payments::PaymentsSettings { max_concurrent_calls: 16, ..Default::default() };
    let payments = environment.start_with(Options { settings, ..Options::default() });
    let orders: Vec<_> = (0..1000).map(|_| environment.order("tok_ok")).collect();
    let mut waiting = tokio::task::JoinSet::new();
    for order in &orders {
        let (writer, message) = (payments.writer.clone(), order.reserved());
        waiting.spawn(async move { writer.handle(&message).await.unwrap() });
    }
    waiting.join_all().await;
    payments.settle(STEP).await;
    let rows: Vec<Payment> = payments.rows().await;
    assert_eq!(rows.iter().filter(|payment| payment.status == PaymentStatus::Captured).count(), 1000);
    payments.close().await;
}

#[tokio::test]
async fn debug_output_hides_the_payment_token() {
    let environment = Environment::new();
    let mut idle = environment.start_without_calls();
    let order = environment.order("tok_ok");
    idle.deliver_message(&order.reserved()).await.unwrap();
    let [payment] = &idle.rows::<Payment>().await[..] else { panic!("one payment") };
    assert_eq!(payment.payment_token.as_ref().unwrap().reveal(), "tok_ok");
    assert!(!format!("{payment:?}").contains("tok_ok"));
    idle.stop().await;
}

#[tokio::test]
async fn an_outcome_names_the_organizer_and_the_reason() {
    let environment = Environment::new();
    let payments = environment.start();
    let order = environment.order("tok_declined");
    payments.deliver_twice(&order.reserved()).await;
    payments.settle(Duration::ZERO).await;
    let outcome: PaymentProcessed = payments.messages(&order).await[0].read().unwrap();
    assert_eq!((outcome.order_id, outcome.organizer_id.get()), (order.id, ORGANIZER));
    assert_eq!((outcome.success, outcome.reason), (false, Some(Reason::Declined)));
    assert_eq!(outcome.transaction_id, None);
    payments.close().await;
}
