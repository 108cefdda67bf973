//! What the provider does when it is called. Each command answers the same when it is repeated.

use std::convert::Infallible;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Money};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{
    store::{ChargeRow, ChargeState, LogRow, Movement},
    tokens::TestToken,
};
use crate::domain::{Charged, Refunded};

/// The counter of [`LogRow::number`].
const LOG: &str = "provider_log";

/// When the caller is answered, and what.
pub(super) enum Reply {
    At(Timestamp, Charged),
    Never,
}

/// The key was used for another amount.
#[derive(Debug, thiserror::Error)]
#[error("this key was used for another amount")]
pub(super) struct KeyReused;

/// Takes an amount.
pub(super) struct Take {
    pub(super) key: BookingId,
    pub(super) amount: Money,
    pub(super) token: Option<TestToken>,
    pub(super) slow: std::time::Duration,
}

impl Command for Take {
    type Answer = Reply;
    type Refusal = KeyReused;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<ChargeRow>(self.key);
        reads.counter(LOG);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Reply, KeyReused> {
        if let Some(charge) = work.get::<ChargeRow>(self.key) {
            let same = (charge.amount_minor, charge.currency) == (self.amount.minor, self.amount.currency);
            return if same { Ok(asked_again(charge, context.now)) } else { Err(KeyReused) };
        }
        let later = context.now.plus(self.slow);
        let (state, answers_at) = match self.token {
            Some(TestToken::Ok) => (ChargeState::Captured, context.now),
            Some(TestToken::Slow | TestToken::SilentThenOk) => (ChargeState::Captured, later),
            Some(TestToken::Silent) => (ChargeState::Silent, context.now),
            Some(TestToken::SilentThenDeclined) => (ChargeState::Declined, later),
            Some(TestToken::Declined) | None => (ChargeState::Declined, context.now),
        };
        let captured = state == ChargeState::Captured;
        let charge = ChargeRow {
            token: self.token,
            reference: captured.then(|| reference("ch", context)),
            answers_at,
            ..blank(self.key, self.amount, state, context.now)
        };
        if captured {
            log(work, &charge, Movement::Charge, context.now);
        }
        let keeps_silent = matches!(self.token, Some(TestToken::SilentThenOk | TestToken::SilentThenDeclined));
        let reply = if keeps_silent { Reply::Never } else { reply(&charge) };
        work.insert(charge);
        Ok(reply)
    }
}

/// Calls a charge off.
pub(super) struct CallOff {
    pub(super) key: BookingId,
    pub(super) amount: Money,
}

impl Command for CallOff {
    type Answer = Charged;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<ChargeRow>(self.key);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Charged, Infallible> {
        let Some(charge) = work.get::<ChargeRow>(self.key) else {
            // It may still be on its way: it will find that it is too late.
            work.insert(blank(self.key, self.amount, ChargeState::Cancelled, context.now));
            return Ok(Charged::Cancelled);
        };
        if let Some(known) = outcome(charge) {
            return Ok(known);
        }
        work.edit::<ChargeRow>(self.key).expect("it was there a moment ago").state = ChargeState::Cancelled;
        Ok(Charged::Cancelled)
    }
}

/// Gives back what was taken.
pub(super) struct GiveBack {
    pub(super) key: BookingId,
}

impl Command for GiveBack {
    type Answer = Refunded;
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<ChargeRow>(self.key);
        reads.counter(LOG);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Refunded, Infallible> {
        let charge = work.get::<ChargeRow>(self.key).filter(|charge| charge.state == ChargeState::Captured).cloned();
        let Some(charge) = charge else { return Ok(Refunded::Refused) };
        if let Some(reference) = charge.refund_reference {
            return Ok(Refunded::Done { reference });
        }
        let reference = reference("re", context);
        work.edit::<ChargeRow>(self.key).expect("it was there a moment ago").refund_reference = Some(reference.clone());
        log(work, &charge, Movement::Refund, context.now);
        Ok(Refunded::Done { reference })
    }
}

/// What a repeated charge is answered.
fn asked_again(charge: &ChargeRow, now: Timestamp) -> Reply {
    match charge.token {
        Some(TestToken::SilentThenOk | TestToken::SilentThenDeclined) if now < charge.answers_at => Reply::Never,
        _ => reply(charge),
    }
}

fn reply(charge: &ChargeRow) -> Reply {
    outcome(charge).map_or(Reply::Never, |outcome| Reply::At(charge.answers_at, outcome))
}

/// What became of a charge; none while that is open.
fn outcome(charge: &ChargeRow) -> Option<Charged> {
    match charge.state {
        ChargeState::Captured => {
            let reference = charge.reference.clone().expect("a charge gets its id when the amount is taken");
            Some(Charged::Captured { reference })
        }
        ChargeState::Declined => Some(Charged::Declined),
        ChargeState::Cancelled => Some(Charged::Cancelled),
        ChargeState::Silent => None,
    }
}

fn blank(key: BookingId, amount: Money, state: ChargeState, now: Timestamp) -> ChargeRow {
    ChargeRow {
        idempotency_key: key,
        amount_minor: amount.minor,
        currency: amount.currency,
        token: None,
        state,
        reference: None,
        refund_reference: None,
        answers_at: now,
        version: 1,
    }
}

fn log(work: &mut UnitOfWork, charge: &ChargeRow, kind: Movement, at: Timestamp) {
    let ChargeRow { idempotency_key, amount_minor, currency, .. } = *charge;
    let number = work.next_number(LOG);
    work.insert(LogRow { number, idempotency_key, kind, amount_minor, currency, at });
}

/// An id as providers write them: what it is of, and 24 hexadecimal digits.
fn reference(of: &str, context: &CommandContext) -> String {
    let random = u128::from_be_bytes(context.random()) >> 32;
    format!("{of}_{random:024x}")
}
