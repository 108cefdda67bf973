//! How a provider is chosen, how it behaves towards whoever calls it, and what happens when it does not.

use std::time::Duration;

use boxoffice_clock::Entropy;
use boxoffice_contracts::{Currency, Money, PaymentToken};
use boxoffice_payments::{
    PaymentsSettings,
    domain::{PaymentOutcome, PaymentStatus, RefundOutcome},
    providers::{self, Charge, Fault, ProviderParts, simulated::store::MovementRow},
};

use crate::setting::*;

const STEP: Duration = Duration::from_millis(500);

fn parts(place: &Place) -> ProviderParts {
    ProviderParts {
        folder: place.folder.path().to_owned(),
        clock: place.clock.clone(),
        entropy: Entropy::seeded(8),
        simulated_delay: Duration::from_secs(2),
        probe: None,
    }
}

fn charge(order: &Order) -> Charge {
    let amount = Money::new(order.price, Currency::EUR);
    Charge { key: order.id, amount, token: PaymentToken::from(order.token.clone()) }
}

#[test]
fn an_unknown_provider_is_answered_with_those_that_there_are() {
    let place = Place::new();
    for url in ["stripe:https://api.stripe.com", "simulated", "simulated:fast", ""] {
        let refused = providers::open(url, Fault::Off, parts(&place)).err().expect("not known").to_string();
        assert!(refused.contains("expected simulated:"), "{refused}");
    }
}

#[tokio::test]
async fn one_key_is_one_charge_and_one_refund() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    let charge = charge(&order);
    let first = shop.provider.charge(&charge).await.unwrap();
    assert!(matches!(&first, PaymentOutcome::Captured { .. }));
    assert_eq!(shop.provider.charge(&charge).await.unwrap(), first);
    assert_eq!(shop.provider.cancel(charge.key, charge.amount).await.unwrap(), first, "it is too late");
    let refund = shop.provider.refund(charge.key, charge.amount).await.unwrap();
    assert!(matches!(&refund, RefundOutcome::Done { .. }));
    assert_eq!(shop.provider.refund(charge.key, charge.amount).await.unwrap(), refund);
    assert_eq!(shop.provider.charge(&charge).await.unwrap(), first, "what was given back is not taken again");
    assert_eq!(all::<MovementRow>(&shop.books).await.len(), 2);
    let other = Charge { amount: Money::new(1, Currency::EUR), ..charge };
    assert!(shop.provider.charge(&other).await.is_err(), "another amount is another charge");
    shop.leave().await;
}

#[tokio::test]
async fn what_was_called_off_is_never_charged() {
    let place = Place::new();
    let shop = place.open();
    let order = place.order("tok_ok");
    let charge = charge(&order);
    assert_eq!(shop.provider.cancel(charge.key, charge.amount).await.unwrap(), PaymentOutcome::Cancelled);
    assert_eq!(shop.provider.charge(&charge).await.unwrap(), PaymentOutcome::Cancelled);
    assert_eq!(shop.provider.cancel(charge.key, charge.amount).await.unwrap(), PaymentOutcome::Cancelled);
    assert_eq!(
        shop.provider.refund(charge.key, charge.amount).await.unwrap(),
        RefundOutcome::Failed,
        "there is nothing to give back"
    );
    shop.close().await;
}

#[tokio::test]
async fn while_every_call_fails_payments_wait_and_go_on_afterwards() {
    for fault in [Fault::Error, Fault::Silent] {
        let place = Place::new();
        let orders = ["tok_ok", "tok_declined"].map(|token| place.order(token));
        let settings = PaymentsSettings { fault, ..PaymentsSettings::default() };
        let shop = place.open_with(Special { settings, ..Special::default() });
        for order in &orders {
            shop.hears(&order.reserved()).await;
            shop.until("it is asked again", STEP, async || shop.payment(order).await.unwrap().attempts > 2).await;
            assert_eq!(shop.status(order).await, Some(PaymentStatus::Pending));
            assert!(shop.charge(order).await.is_none(), "it did not reach the provider");
        }
        shop.close().await;
        let shop = place.open();
        shop.settle(STEP).await;
        assert_eq!(shop.said(&orders[0]).await, ["pending", "paid"]);
        assert_eq!(shop.said(&orders[1]).await, ["pending", "declined"]);
        shop.close().await;
    }
}

#[tokio::test]
async fn past_the_deadline_a_provider_that_does_not_answer_is_asked_on_and_nothing_is_guessed() {
    let place = Place::new();
    let order = place.order("tok_ok");
    let deadline = Duration::from_secs(10);
    let settings = PaymentsSettings { fault: Fault::Error, deadline, ..PaymentsSettings::default() };
    let shop = place.open_with(Special { settings: settings.clone(), ..Special::default() });
    shop.hears(&order.reserved()).await;
    let end = shop.hand.now().plus(Duration::from_secs(60));
    shop.until("the deadline is long past", STEP, async || shop.hand.now() > end).await;
    assert_eq!(shop.said(&order).await, ["pending"]);
    shop.close().await;
    let shop =
        place.open_with(Special { settings: PaymentsSettings { fault: Fault::Off, ..settings }, ..Special::default() });
    shop.settle(STEP).await;
    assert_eq!(shop.said(&order).await, ["pending", "expired"], "it was never charged, and is not so late");
    assert!(all::<MovementRow>(&shop.books).await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn a_slow_provider_is_no_silent_one() {
    let place = Place::new();
    let order = place.order("tok_ok");
    let settings = PaymentsSettings { fault: Fault::Slow, ..PaymentsSettings::default() };
    let shop = place.open_with(Special { settings, ..Special::default() });
    shop.hears(&order.reserved()).await;
    let taken = shop.until("it is captured", Duration::from_millis(100), async || {
        shop.status(&order).await == Some(PaymentStatus::Captured)
    });
    assert!(taken.await >= Duration::from_secs(2));
    assert_eq!(shop.said(&order).await, ["paid"]);
    shop.close().await;
}
