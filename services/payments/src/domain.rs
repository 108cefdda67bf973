//! Nouns and rules: how a payment goes from its intent to its end, and how money is given back. Pure.
//!
//! A transition changes the payment and returns what follows from it, a [`Step`]; none when it changes nothing, because
//! what it would say is known already.

use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Reason, events::Refund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::Payment;

/// Where a payment stands: `asking` and `pending` end in one of the others, which are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The provider is asked for the amount.
    Asking,
    /// It has not answered; it is asked again.
    Pending,
    /// It took the amount from the customer.
    Captured,
    /// It said no.
    Declined,
    /// Nobody knew the outcome when the time was up; the provider will not take anything any more.
    Expired,
    /// The order ended first; the provider will not take anything any more.
    Cancelled,
    /// There was nothing to pay.
    Free,
    /// The order ended before it was heard of; nothing will be asked for.
    None,
}

impl State {
    /// Whether the outcome is still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asking | Self::Pending)
    }

    /// In one word, as it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Pending => "pending",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Free => "free",
            Self::None => "none",
        }
    }
}

/// What an entry in the history of a payment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// The amount is to be asked for.
    Intent,
    /// There is nothing to pay.
    Free,
    /// The provider said no.
    Declined,
    /// The time was up; nothing was taken.
    Expired,
    /// The order ended first; nothing was taken.
    Cancelled,
    /// The provider took the amount from the customer.
    Captured,
    /// It gave the amount back.
    Refunded,
}

impl EntryKind {
    /// The number of such an entry among those of its payment, which makes it the only one.
    pub const fn number(self) -> i64 {
        match self {
            Self::Intent | Self::Free => 1,
            Self::Declined | Self::Expired | Self::Cancelled => 2,
            Self::Captured => 3,
            Self::Refunded => 4,
        }
    }
}

/// What a provider says about a charge. It says the same whenever it is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    /// The amount is taken.
    Captured {
        /// The charge's id at the provider.
        reference: String,
    },
    /// It was refused.
    Declined,
    /// It was called off: nothing was taken, and under this key nothing ever will be.
    Cancelled,
}

/// What a provider says about a refund. It says the same whenever it is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refunded {
    /// The whole amount is given back.
    Done {
        /// The refund's id at the provider.
        reference: String,
    },
    /// It was refused for good; a person has to look at it.
    Refused,
}

/// What a provider is to be called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// To take the amount, or to say whether it did.
    Charge,
    /// Never to take it, or to say that it did.
    Cancel,
    /// To give it back.
    Refund,
}

/// Something that the others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// The provider does not answer.
    Pending,
    /// The outcome is known.
    Processed,
    /// How far giving the money back has come.
    Refund,
}

/// What follows from a transition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The entry in the history.
    pub entry: Option<EntryKind>,
    /// The id, at the provider, of what the entry is about.
    pub reference: Option<String>,
    /// What the others are told, in this order.
    pub says: &'static [Say],
}

/// How often a provider is called that does not answer, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The wait after the first call.
    pub first_wait: Duration,
    /// The longest wait; until then each is double the one before.
    pub longest_wait: Duration,
    /// How long after its intent a payment may stay without an outcome.
    pub deadline: Duration,
}

impl Pace {
    /// The wait after `attempts` calls. `fraction` in `0.0..1.0` spreads the waits over their upper half, so that what
    /// failed together does not come back together.
    fn wait(&self, attempts: i64, fraction: f64) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(30);
        let full = self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait);
        full.mul_f64(0.5 + fraction / 2.0)
    }
}

impl Payment {
    /// What the provider is to be called for at `now`. Once the order has ended or the time is up, that is never a
    /// charge.
    pub fn call(&self, now: Timestamp, pace: &Pace) -> Option<Call> {
        self.next_call_at.filter(|at| *at <= now)?;
        Some(match self.state {
            State::Asking | State::Pending if self.order_ended.is_some() || now >= self.deadline(pace) => Call::Cancel,
            State::Asking | State::Pending => Call::Charge,
            _ => Call::Refund,
        })
    }

    /// The provider has said what became of the charge.
    pub fn hear(&mut self, answer: Charged, now: Timestamp) -> Option<Step> {
        let (state, entry) = match (self.state.is_open(), &answer) {
            (true, Charged::Captured { .. }) => (State::Captured, EntryKind::Captured),
            (true, Charged::Declined) => (State::Declined, EntryKind::Declined),
            (true, Charged::Cancelled) if self.order_ended.is_some() => (State::Cancelled, EntryKind::Cancelled),
            (true, Charged::Cancelled) => (State::Expired, EntryKind::Expired),
            (false, Charged::Captured { .. }) if self.had_ended_uncharged() => (self.state, EntryKind::Captured),
            (false, _) => return None,
        };
        let (was_open, ended) = (self.state.is_open(), self.order_ended.is_some());
        (self.state, self.payment_token, self.attempts, self.next_call_at) = (state, None, 0, None);
        let Charged::Captured { reference } = answer else {
            return Some(Step { entry: Some(entry), says: &[Say::Processed], reference: None });
        };
        self.reference = Some(reference.clone());
        let says: &'static [Say] = match (was_open, ended) {
            (true, false) => &[Say::Processed],
            (true, true) => &[Say::Processed, Say::Refund],
            (false, _) => &[Say::Refund],
        };
        if says.contains(&Say::Refund) {
            self.begin_refund(now);
        }
        Some(Step { entry: Some(entry), reference: Some(reference), says })
    }

    /// The order has ended without tickets, for `reason`: nothing is asked for any more, and what was taken, or will
    /// turn out to have been, is given back.
    pub fn end_order(&mut self, reason: Reason, now: Timestamp) -> Option<Step> {
        if self.order_ended.is_some() {
            return None;
        }
        let says: &'static [Say] = match self.state {
            State::Asking | State::Pending => {
                self.next_call_at = Some(now);
                &[]
            }
            State::Captured => {
                self.begin_refund(now);
                &[Say::Refund]
            }
            State::Declined | State::Expired | State::Cancelled | State::Free | State::None => return None,
        };
        self.order_ended = Some(reason);
        Some(Step { says, ..Step::default() })
    }

    /// The provider has said what became of the refund.
    pub fn hear_refund(&mut self, answer: Refunded) -> Option<Step> {
        if self.refund != Refund::Pending {
            return None;
        }
        (self.attempts, self.next_call_at) = (0, None);
        let says = &[Say::Refund];
        Some(match answer {
            Refunded::Done { reference } => {
                self.refund = Refund::Done;
                Step { entry: Some(EntryKind::Refunded), reference: Some(reference), says }
            }
            Refunded::Refused => {
                self.refund = Refund::Failed;
                Step { says, ..Step::default() }
            }
        })
    }

    /// A person wants the provider, who refused to give the money back, to be asked for it once more.
    pub fn ask_for_refund_again(&mut self, now: Timestamp) -> Option<Step> {
        if self.refund != Refund::Failed {
            return None;
        }
        self.begin_refund(now);
        Some(Step { says: &[Say::Refund], ..Step::default() })
    }

    /// The provider did not answer in time, or with an error: nothing is known, and it is called again.
    pub fn hear_nothing(&mut self, now: Timestamp, pace: &Pace, fraction: f64) -> Option<Step> {
        self.next_call_at?;
        self.attempts += 1;
        let mut next = now.plus(pace.wait(self.attempts, fraction));
        let deadline = self.deadline(pace);
        if self.state.is_open() && now < deadline {
            next = next.min(deadline);
        }
        self.next_call_at = Some(next);
        let first = self.state == State::Asking;
        if first {
            self.state = State::Pending;
        }
        Some(Step { says: if first { &[Say::Pending] } else { &[] }, ..Step::default() })
    }

    /// Why nothing was taken; none when something was, or may be, or when there was nothing to take.
    pub fn reason(&self) -> Option<Reason> {
        match self.state {
            State::Declined => Some(Reason::Declined),
            State::Expired => Some(Reason::Expired),
            State::Cancelled => Some(self.order_ended.unwrap_or(Reason::Cancelled)),
            State::Asking | State::Pending | State::Captured | State::Free | State::None => None,
        }
    }

    fn deadline(&self, pace: &Pace) -> Timestamp {
        self.created_at.plus(pace.deadline)
    }

    /// The provider had said that nothing was taken and, against its word, took it: everyone was told so, the order is
    /// bound to end, and the money goes back.
    fn had_ended_uncharged(&self) -> bool {
        self.reason().is_some() && self.refund == Refund::None
    }

    fn begin_refund(&mut self, now: Timestamp) {
        (self.refund, self.attempts, self.next_call_at) = (Refund::Pending, 0, Some(now));
    }
}
