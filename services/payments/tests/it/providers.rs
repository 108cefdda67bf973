//! The choice of a provider, the idempotency of its calls, and outages.

use std::{sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::{Currency, Money, PaymentToken};
use boxoffice_payments::{
    PaymentsSettings,
    domain::{PaymentOutcome, PaymentStatus, RefundOutcome},
    providers::{self, Charge, Fault, Provider, ProviderParts, simulated::store::MovementRow},
};
use boxoffice_writer::Writer;
use tempfile::TempDir;

use crate::harness::*;

const STEP: Duration = Duration::from_millis(500);

fn parts(folder: &TempDir) -> ProviderParts {
    ProviderParts {
        folder: folder.path().to_owned(),
        clock: Clock::manual("2030-01-01T00:00:00Z".parse().unwrap()).0,
        entropy: Entropy::seeded(8),
        simulated_delay: Duration::from_secs(2),
        probe: None,
    }
}

/// Opens the simulated provider alone.
fn open(folder: &TempDir) -> Arc<dyn Provider> {
    providers::open("simulated:", Fault::Off, parts(folder)).unwrap()
}

fn charge(order: &Order) -> Charge {
    let amount = Money::new(order.price, Currency::EUR);
    Charge { key: order.id, amount, token: PaymentToken::from(order.token.clone()) }
}

#[test]
fn an_unknown_provider_is_refused_with_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["stripe:https://api.stripe.com", "simulated", "simulated:fast", ""] {
        let refused = providers::open(url, Fault::Off, parts(&folder)).err().expect("unknown provider").to_string();
        assert!(refused.contains("expected simulated:"), "{refused}");
    }
}

#[tokio::test]
async fn one_key_has_one_charge_and_one_refund() {
    let folder = tempfile::tempdir().unwrap();
    let provider = open(&folder);
    let charge = charge(&Environment::new().order("tok_ok"));
    let first = provider.charge(&charge).await.unwrap();
    assert!(matches!(&first, PaymentOutcome::Captured { .. }));
    assert_eq!(provider.charge(&charge).await.unwrap(), first);
    assert_eq!(provider.cancel(charge.key, charge.amount).await.unwrap(), first, "the charge is captured");
    let refund = provider.refund(charge.key, charge.amount).await.unwrap();
    assert!(matches!(&refund, RefundOutcome::Done { .. }));
    assert_eq!(provider.refund(charge.key, charge.amount).await.unwrap(), refund);
    assert_eq!(provider.charge(&charge).await.unwrap(), first, "a refunded charge is not charged again");
    assert_eq!(all::<MovementRow>(&provider.writers()[0]).await.len(), 2);
    let other = Charge { amount: Money::new(1, Currency::EUR), ..charge };
    assert!(provider.charge(&other).await.is_err(), "another amount is another charge");
    provider.writers().iter().for_each(Writer::stop);
}

#[tokio::test]
async fn a_cancelled_charge_is_never_captured() {
    let folder = tempfile::tempdir().unwrap();
    let provider = open(&folder);
    let charge = charge(&Environment::new().order("tok_ok"));
    assert_eq!(provider.cancel(charge.key, charge.amount).await.unwrap(), PaymentOutcome::Cancelled);
    assert_eq!(provider.charge(&charge).await.unwrap(), PaymentOutcome::Cancelled);
    assert_eq!(provider.cancel(charge.key, charge.amount).await.unwrap(), PaymentOutcome::Cancelled);
    assert_eq!(
        provider.refund(charge.key, charge.amount).await.unwrap(),
        RefundOutcome::Failed,
        "a cancelled charge has no refund"
    );
    provider.writers().iter().for_each(Writer::stop);
}

#[tokio::test]
async fn payments_resume_after_an_outage_of_the_provider() {
    for fault in [Fault::Error, Fault::Silent] {
        let environment = Environment::new();
        let orders = ["tok_ok", "tok_declined"].map(|token| environment.order(token));
        let settings = PaymentsSettings { fault, ..PaymentsSettings::default() };
        let payments = environment.start_with(Options { settings, ..Options::default() });
        for order in &orders {
            payments.deliver_twice(&order.reserved()).await;
            payments
                .advance_until("the call is repeated", STEP, async || {
                    payments.payment(order).await.unwrap().attempts > 2
                })
                .await;
            assert_eq!(payments.status(order).await, Some(PaymentStatus::Pending));
            assert!(payments.charge(order).await.is_none(), "no call reached the provider");
        }
        payments.close().await;
        let payments = environment.start();
        payments.settle(STEP).await;
        assert_eq!(payments.outcomes(&orders[0]).await, ["pending", "paid"]);
        assert_eq!(payments.outcomes(&orders[1]).await, ["pending", "declined"]);
        payments.close().await;
    }
}

#[tokio::test]
async fn past_the_deadline_payments_retries_until_the_outcome_is_known() {
    let environment = Environment::new();
    let order = environment.order("tok_ok");
    let deadline = Duration::from_secs(10);
    let settings = PaymentsSettings { fault: Fault::Error, deadline, ..PaymentsSettings::default() };
    let payments = environment.start_with(Options { settings: settings.clone(), ..Options::default() });
    payments.deliver_twice(&order.reserved()).await;
    let end = payments.clock.now().plus(Duration::from_secs(60));
    payments.advance_until("the deadline has passed", STEP, async || payments.clock.now() > end).await;
    assert_eq!(payments.outcomes(&order).await, ["pending"]);
    payments.close().await;
    let payments = environment
        .start_with(Options { settings: PaymentsSettings { fault: Fault::Off, ..settings }, ..Options::default() });
    payments.settle(STEP).await;
    assert_eq!(payments.outcomes(&order).await, ["pending", "expired"], "the charge is refused after the deadline");
    assert!(payments.movements().await.is_empty());
    payments.close().await;
}

#[tokio::test]
async fn a_slow_response_is_not_a_timeout() {
    let environment = Environment::new();
    let order = environment.order("tok_ok");
    let settings = PaymentsSettings { fault: Fault::Slow, ..PaymentsSettings::default() };
    let payments = environment.start_with(Options { settings, ..Options::default() });
    payments.deliver_twice(&order.reserved()).await;
    let taken = payments.advance_until_status(&order, PaymentStatus::Captured, Duration::from_millis(100));
    assert!(taken.await >= Duration::from_secs(2));
    assert_eq!(payments.outcomes(&order).await, ["paid"]);
    payments.close().await;
}
