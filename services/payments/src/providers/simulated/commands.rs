//! The commands of the provider's calls. A repeated command has the same answer.

use std::{convert::Infallible, time::Duration};

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Money};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{
    super::MovementKind,
    store::{ChargeRow, ChargeStatus, MovementRow},
    tokens::TestToken,
};
use crate::domain::{PaymentOutcome, RefundOutcome};

/// The counter of [`MovementRow::number`].
const MOVEMENTS: &str = "movements";

/// When and how the provider answers a charge.
pub(super) enum Reply {
    At(Timestamp, PaymentOutcome),
    Never,
}

/// The key was used for another amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this key was used for another amount")]
pub(super) struct KeyReused;

/// Captures or declines a charge, by its token.
pub(super) struct Capture {
    pub(super) key: BookingId,
    pub(super) amount: Money,
    /// `None` for a token that the provider does not know: it is declined.
    pub(super) token: Option<TestToken>,
    /// The delay of a late answer.
    pub(super) delay: Duration,
}

impl Command for Capture {
    type Answer = Reply;
    type Refusal = KeyReused;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<ChargeRow>(self.key);
        reads.counter(MOVEMENTS);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Reply, KeyReused> {
        if let Some(charge) = work.get::<ChargeRow>(self.key) {
            let same = (charge.amount_minor, charge.currency) == (self.amount.minor, self.amount.currency);
            return if same { Ok(reply_to_repetition(charge, context.now)) } else { Err(KeyReused) };
        }
        let later = context.now.plus(self.delay);
        let (captures, answers_at) = match self.token {
            Some(TestToken::Ok) => (Some(true), context.now),
            Some(TestToken::Slow | TestToken::SilentThenOk) => (Some(true), later),
            Some(TestToken::Silent) => (None, context.now),
            Some(TestToken::SilentThenDeclined) => (Some(false), later),
            Some(TestToken::Declined) | None => (Some(false), context.now),
        };
        let status = match captures {
            Some(true) => ChargeStatus::Captured,
            Some(false) => ChargeStatus::Declined,
            None => ChargeStatus::Silent,
        };
        let reference = (captures == Some(true)).then(|| new_reference("ch", context));
        let charge = ChargeRow {
            token: self.token,
            provider_reference: reference.clone(),
            answers_at,
            ..new_charge(self.key, self.amount, status, context.now)
        };
        if reference.is_some() {
            append_movement(work, self.key, MovementKind::Charge, self.amount, context.now);
        }
        let is_silent = matches!(self.token, Some(TestToken::SilentThenOk | TestToken::SilentThenDeclined));
        let reply = if is_silent { Reply::Never } else { reply(&charge) };
        work.insert(charge);
        Ok(reply)
    }
}

/// Cancels a charge that is not captured or declined.
pub(super) struct Cancel {
    pub(super) key: BookingId,
    pub(super) amount: Money,
}

impl Command for Cancel {
    type Answer = PaymentOutcome;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<ChargeRow>(self.key);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<PaymentOutcome, Infallible> {
        let Some(mut charge) = work.get::<ChargeRow>(self.key).cloned() else {
            // The charge may still be on its way; the tombstone cancels it when it arrives.
            work.insert(new_charge(self.key, self.amount, ChargeStatus::Cancelled, context.now));
            return Ok(PaymentOutcome::Cancelled);
        };
        if let Some(known) = outcome(&charge) {
            return Ok(known);
        }
        charge.status = ChargeStatus::Cancelled;
        work.update(charge);
        Ok(PaymentOutcome::Cancelled)
    }
}

/// Gives an amount back.
pub(super) struct Refund {
    pub(super) key: BookingId,
    pub(super) amount: Money,
}

impl Command for Refund {
    type Answer = RefundOutcome;
    type Refusal = KeyReused;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<ChargeRow>(self.key);
        reads.counter(MOVEMENTS);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<RefundOutcome, KeyReused> {
        let charge = work.get::<ChargeRow>(self.key).filter(|charge| charge.status == ChargeStatus::Captured).cloned();
        let Some(mut charge) = charge else { return Ok(RefundOutcome::Failed) };
        if let Some(reference) = charge.refund_reference {
            let same = charge.refunded_minor == Some(self.amount.minor) && charge.currency == self.amount.currency;
            return if same { Ok(RefundOutcome::Done { reference }) } else { Err(KeyReused) };
        }
        let is_covered = (1..=charge.amount_minor).contains(&self.amount.minor);
        if !is_covered || charge.currency != self.amount.currency {
            return Ok(RefundOutcome::Failed);
        }
        let reference = new_reference("re", context);
        charge.refund_reference = Some(reference.clone());
        charge.refunded_minor = Some(self.amount.minor);
        work.update(charge);
        append_movement(work, self.key, MovementKind::Refund, self.amount, context.now);
        Ok(RefundOutcome::Done { reference })
    }
}

/// The reply to a charge that was made before.
fn reply_to_repetition(charge: &ChargeRow, now: Timestamp) -> Reply {
    match charge.token {
        Some(TestToken::SilentThenOk | TestToken::SilentThenDeclined) if now < charge.answers_at => Reply::Never,
        _ => reply(charge),
    }
}

fn reply(charge: &ChargeRow) -> Reply {
    outcome(charge).map_or(Reply::Never, |outcome| Reply::At(charge.answers_at, outcome))
}

/// The outcome of a charge; `None` while it is open.
fn outcome(charge: &ChargeRow) -> Option<PaymentOutcome> {
    match charge.status {
        ChargeStatus::Captured => {
            charge.provider_reference.clone().map(|reference| PaymentOutcome::Captured { reference })
        }
        ChargeStatus::Declined => Some(PaymentOutcome::Declined),
        ChargeStatus::Cancelled => Some(PaymentOutcome::Cancelled),
        ChargeStatus::Silent => None,
    }
}

fn new_charge(key: BookingId, amount: Money, status: ChargeStatus, now: Timestamp) -> ChargeRow {
    ChargeRow {
        idempotency_key: key,
        amount_minor: amount.minor,
        currency: amount.currency,
        token: None,
        status,
        provider_reference: None,
        refund_reference: None,
        refunded_minor: None,
        answers_at: now,
        version: 1,
    }
}

fn append_movement(work: &mut UnitOfWork, key: BookingId, kind: MovementKind, amount: Money, moved_at: Timestamp) {
    let number = work.next_number(MOVEMENTS);
    let Money { minor, currency, .. } = amount;
    work.insert(MovementRow { number, idempotency_key: key, kind, amount_minor: minor, currency, moved_at });
}

/// A reference as providers write it: a prefix and 24 hexadecimal digits.
fn new_reference(prefix: &str, context: &CommandContext) -> String {
    let random = u128::from_be_bytes(context.random()) >> 32;
    format!("{prefix}_{random:024x}")
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::Entropy;
    use boxoffice_contracts::Currency;
    use boxoffice_envelope::Origin;
    use uuid::Uuid;

    use super::*;

    fn key() -> BookingId {
        BookingId::from(Uuid::from_u128(1))
    }

    fn refunded(amount: i64, charge: ChargeRow) -> Result<RefundOutcome, KeyReused> {
        let context = CommandContext::new(Timestamp::from_micros(0), Origin::default(), Entropy::seeded(7));
        let mut work = UnitOfWork::default().with_row(charge);
        Refund { key: key(), amount: Money::new(amount, Currency::EUR) }.decide(&mut work, &context)
    }

    #[test]
    fn a_refund_of_more_than_was_captured_fails() {
        let amount = Money::new(5000, Currency::EUR);
        let charge = new_charge(key(), amount, ChargeStatus::Captured, Timestamp::from_micros(0));
        assert_eq!(refunded(5001, charge), Ok(RefundOutcome::Failed));
    }

    #[test]
    fn a_repeated_refund_of_another_amount_is_refused() {
        let amount = Money::new(5000, Currency::EUR);
        let charge = ChargeRow {
            refund_reference: Some("re_1".into()),
            refunded_minor: Some(5000),
            ..new_charge(key(), amount, ChargeStatus::Captured, Timestamp::from_micros(0))
        };
        assert_eq!(refunded(4000, charge.clone()), Err(KeyReused));
        assert_eq!(refunded(5000, charge), Ok(RefundOutcome::Done { reference: "re_1".into() }));
    }
}
