//! What is heard early, late, twice and in any order.

use std::time::Duration;

use boxoffice_contracts::{
    Decimal, Reason,
    events::{PaymentProcessed, Refund},
    saga,
};
use boxoffice_envelope::{Message, Origin};
use boxoffice_payments::{
    commands::{CallPolicy, RecordOutcome},
    domain::{EntryKind, PaymentOutcome, PaymentStatus},
    providers::simulated::store::MovementRow,
    reactions,
    store::{Entry, Payment},
};

use crate::setting::*;

const STEP: Duration = Duration::from_millis(500);

#[test]
fn payments_reacts_to_what_the_saga_says() {
    let kinds: Vec<_> = reactions().kinds().into_iter().collect();
    let mut expected = saga::consumed_by("payments");
    expected.sort_unstable();
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_refused_reservation_is_nothing_to_payments() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    shop.hears(&order.message(&order.reservation(false))).await;
    assert_eq!(shop.payment(&order).await, None);
    shop.close().await;
}

#[tokio::test]
async fn an_order_of_nothing_is_paid_at_once_and_no_provider_hears_of_it() {
    let place = Place::new();
    let shop = place.open();
    let order = Order { price: 0, ..place.order("tok_declined") };
    shop.hears(&order.reserved()).await;
    assert_eq!(shop.status(&order).await, Some(PaymentStatus::Free));
    assert_eq!(shop.said(&order).await, ["paid"]);
    let [entry] = &all::<Entry>(&shop.writer).await[..] else { panic!("one entry") };
    assert_eq!((entry.kind, entry.amount_minor, entry.number), (EntryKind::Free, 0, 1));
    shop.hears(&order.cancelled()).await;
    assert_eq!(shop.said(&order).await, ["paid"], "there is nothing to give back");
    assert_eq!(shop.refund(&order).await, Some(Refund::None));
    assert!(shop.charge(&order).await.is_none());
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_ended_before_it_was_heard_of_is_never_charged() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    shop.hears(&order.failed(Reason::Expired)).await;
    assert_eq!(shop.status(&order).await, Some(PaymentStatus::NotRequested));
    shop.hears(&order.reserved()).await;
    shop.hears(&order.cancelled()).await;
    assert_eq!(shop.status(&order).await, Some(PaymentStatus::NotRequested));
    assert!(shop.said(&order).await.is_empty() && shop.entries(&order).await.is_empty());
    assert!(shop.charge(&order).await.is_none());
    shop.close().await;
}

#[tokio::test]
async fn an_amount_that_cannot_be_charged_is_refused_and_leaves_nothing_behind() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    for amount in ["-1.00", "1.005", "123456789012345678"] {
        let amount: Decimal = amount.parse().unwrap();
        let message =
            order.message(&boxoffice_contracts::events::InventoryReserved { amount, ..order.reservation(true) });
        assert!(shop.writer.handle(&message).await.is_err(), "{amount}");
    }
    assert_eq!(shop.payment(&order).await, None);
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_ends_while_the_provider_is_silent_is_called_off() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent");
    shop.hears(&order.reserved()).await;
    shop.until("it is pending", STEP, async || shop.status(&order).await == Some(PaymentStatus::Pending)).await;
    shop.hears(&order.failed(Reason::Expired)).await;
    shop.eventually("it is called off", async || shop.status(&order).await == Some(PaymentStatus::Cancelled)).await;
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Cancelled]);
    assert_eq!(shop.said(&order).await, ["pending", "expired"]);
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_ends_during_a_call_is_called_off_after_it() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_silent");
    shop.hears(&order.reserved()).await;
    shop.eventually("the call is under way", async || shop.charge(&order).await.is_some()).await;
    shop.hears(&order.cancelled()).await;
    assert_eq!(shop.status(&order).await, Some(PaymentStatus::Requested));
    shop.settle(STEP).await;
    assert_eq!(shop.entries(&order).await, [EntryKind::Intent, EntryKind::Cancelled]);
    assert_eq!(shop.said(&order).await, ["pending", "cancelled"]);
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_ends_before_its_charge_was_sent_is_not_charged() {
    let place = Place::new();
    let order = place.order("tok_ok");
    // Nobody calls the provider yet.
    let writer = place.writer(None);
    writer.handle(&order.reserved()).await.unwrap();
    writer.handle(&order.cancelled()).await.unwrap();
    writer.stop();
    let shop = place.open();
    shop.settle(Duration::ZERO).await;
    assert_eq!(shop.said(&order).await, ["cancelled"]);
    assert_eq!(all::<MovementRow>(&shop.books).await.len(), 0);
    shop.close().await;
}

#[tokio::test]
async fn every_order_of_the_messages_about_an_order_ends_right() {
    let place = Place::new();
    let shop = place.open();
    let mut orders = Vec::new();
    for token in ["tok_ok", "tok_declined", "tok_slow", "tok_silent", "tok_silent_then_ok", "tok_silent_then_declined"]
    {
        for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let order = place.order(token);
            let messages = [order.reserved(), order.cancelled(), order.failed(Reason::Expired)];
            for nth in sequence {
                shop.hears(&messages[nth]).await;
            }
            orders.push((order, messages, sequence[0] == 0));
        }
    }
    shop.settle(STEP).await;
    for (order, messages, had_intent) in &orders {
        for message in messages {
            shop.hears(message).await;
        }
        let payment = shop.payment(order).await.unwrap();
        assert_eq!(payment.status == PaymentStatus::NotRequested, !had_intent);
        let entries = shop.entries(order).await;
        assert_eq!(entries.contains(&EntryKind::Captured), entries.contains(&EntryKind::Refunded), "{order:?}");
    }
    shop.settle(STEP).await;
    shop.close().await;
}

#[tokio::test]
async fn an_answer_that_comes_twice_too_late_or_for_nobody_changes_nothing() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    let before = (shop.payment(&order).await, shop.messages(&order).await);
    let policy = CallPolicy::new(STEP, STEP, STEP);
    let captured = PaymentOutcome::Captured { reference: "ch_other".into() };
    for answer in [Some(captured), Some(PaymentOutcome::Declined), Some(PaymentOutcome::Cancelled), None] {
        for order in [order.id, place.order("tok_ok").id] {
            let record = RecordOutcome { order, outcome: answer.clone(), policy };
            assert_eq!(shop.writer.run(Origin::default(), record).await.unwrap(), None);
        }
    }
    assert_eq!((shop.payment(&order).await, shop.messages(&order).await), before);
    shop.close().await;
}

#[tokio::test]
async fn what_follows_belongs_to_the_errand_that_caused_it() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    let (reserved, cancelled) = (order.reserved(), order.cancelled());
    shop.hears(&reserved).await;
    shop.settle(Duration::ZERO).await;
    shop.hears(&cancelled).await;
    shop.settle(Duration::ZERO).await;
    let origins: Vec<_> = shop.messages(&order).await.into_iter().map(|message| message.origin).collect();
    let of = |causation_id: &Message| causation_id.caused_origin("payments");
    assert_eq!(origins, [of(&reserved), of(&cancelled), of(&cancelled)]);
    shop.close().await;
}

#[tokio::test]
async fn a_thousand_payments_at_once_are_all_charged_with_few_calls_at_a_time() {
    let place = Place::new();
    let settings = boxoffice_payments::PaymentsSettings { max_concurrent_calls: 16, ..Default::default() };
    let shop = place.open_with(Special { settings, ..Special::default() });
    let orders: Vec<_> = (0..1000).map(|_| place.order("tok_ok")).collect();
    let mut waiting = tokio::task::JoinSet::new();
    for order in &orders {
        let (writer, message) = (shop.writer.clone(), order.reserved());
        waiting.spawn(async move { writer.handle(&message).await.unwrap() });
    }
    waiting.join_all().await;
    shop.settle(STEP).await;
    let payments: Vec<Payment> = all(&shop.writer).await;
    assert_eq!(payments.iter().filter(|payment| payment.status == PaymentStatus::Captured).count(), 1000);
    shop.close().await;
}

#[tokio::test]
async fn the_token_is_not_shown() {
    let place = Place::new();
    let writer = place.writer(None);
    let order = place.order("tok_ok");
    writer.handle(&order.reserved()).await.unwrap();
    let [payment] = &all::<Payment>(&writer).await[..] else { panic!("one payment") };
    assert_eq!(payment.payment_token.as_ref().unwrap().reveal(), "tok_ok");
    assert!(!format!("{payment:?}").contains("tok_ok"));
    writer.stop();
}

#[tokio::test]
async fn who_is_told_of_an_outcome_is_told_who_sells_and_why() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_declined");
    shop.hears(&order.reserved()).await;
    shop.settle(Duration::ZERO).await;
    let outcome: PaymentProcessed = shop.messages(&order).await[0].read().unwrap();
    assert_eq!((outcome.order_id, outcome.organizer_id.get()), (order.id, ORGANIZER));
    assert_eq!((outcome.success, outcome.reason), (false, Some(Reason::Declined)));
    assert_eq!(outcome.transaction_id, None);
    shop.close().await;
}
