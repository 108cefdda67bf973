//! The rules alone: in whatever order outcomes arrive, a payment is captured once and its outcome is published once.

use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::Reason;
use proptest::prelude::*;

use super::*;
use crate::{
    commands::testing::{DEADLINE, payment, policy},
    domain::{PaymentStatus, ProviderCall, RefundStatus},
};

/// A provider that reports the same outcome for every repeated call.
#[derive(Default)]
struct Book {
    outcome: Option<PaymentOutcome>,
    charges: u32,
    refunds: u32,
}

impl Book {
    /// The provider's answer. `will` decides a charge that it sees for the first time; `None` leaves the charge open.
    fn call(&mut self, call: ProviderCall, will: Option<bool>) -> Answer {
        match call {
            ProviderCall::Charge if self.outcome.is_none() => {
                self.outcome = will.map(|good| if good { captured() } else { PaymentOutcome::Declined });
                self.charges += u32::from(self.outcome == Some(captured()));
            }
            ProviderCall::Cancel => drop(self.outcome.get_or_insert(PaymentOutcome::Cancelled)),
            ProviderCall::Charge => {}
            ProviderCall::Refund => {
                assert_eq!(self.outcome, Some(captured()), "a refund of an amount that was never captured");
                self.refunds = 1;
                return Answer::Refund(RefundOutcome::Done { reference: "re".into() });
            }
        }
        self.outcome.clone().map_or(Answer::Silent(call), Answer::Charge)
    }
}

fn captured() -> PaymentOutcome {
    PaymentOutcome::Captured { reference: "ch".into() }
}

#[derive(Clone, Debug)]
enum Answer {
    Charge(PaymentOutcome),
    Refund(RefundOutcome),
    Silent(ProviderCall),
}

/// The history of a payment, and the rules that hold after every input.
struct Trial {
    payment: Payment,
    now: Timestamp,
    book: Book,
    entries: Vec<EntryKind>,
    published: Vec<Published>,
    answers: Vec<Answer>,
}

impl Trial {
    fn new() -> Self {
        Self {
            payment: payment(),
            now: Timestamp::from_micros(0),
            book: Book::default(),
            entries: vec![EntryKind::Intent],
            published: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn check(&mut self, before: &Payment, effects: Option<Effects>) {
        let Some(effects) = effects else {
            assert_eq!(*before, self.payment, "without a transition the row does not change");
            return;
        };
        self.entries.extend(effects.entry);
        self.published.extend(effects.published);
        let after = &self.payment;
        assert!(rank(before.status) <= rank(after.status), "{:?} -> {:?}", before.status, after.status);
        assert!(before.status.is_open() || before.status == after.status, "a final status never changes");
        assert!(refund_rank(before.refund) <= refund_rank(after.refund));
        assert!(before.order_ended.is_none() || before.order_ended == after.order_ended);
        let mut numbers: Vec<_> = self.entries.iter().map(|kind| kind.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), self.entries.len(), "{:?}", self.entries);
        let refunded = self.entries.contains(&EntryKind::Refunded);
        assert!(!refunded || self.entries.contains(&EntryKind::Captured), "refunded more than captured");
        for once in [Published::Pending, Published::Processed] {
            assert!(self.published.iter().filter(|event| **event == once).count() <= 1, "{:?}", self.published);
        }
        let processed = self.published.contains(&Published::Processed);
        assert_eq!(processed, !after.status.is_open(), "the outcome is published as soon as it is known");
        assert_eq!(after.next_call_at.is_some(), after.status.is_open() || after.refund == RefundStatus::Pending);
    }

    fn answer(&mut self, answer: Answer) {
        let before = self.payment.clone();
        let (payment, now) = (&mut self.payment, self.now);
        let effects = match answer {
            Answer::Charge(answer) => apply_outcome(payment, &answer, now),
            Answer::Refund(answer) => apply_refund_outcome(payment, &answer, now),
            Answer::Silent(ProviderCall::Refund) => apply_no_refund_answer(payment, &policy(), now, 0.5),
            Answer::Silent(_) => apply_no_answer(payment, &policy(), now, 0.5),
        };
        self.check(&before, effects);
    }

    fn end_order(&mut self, reason: Reason) {
        let before = self.payment.clone();
        let effects = apply_order_ended(&mut self.payment, reason, self.now);
        self.check(&before, effects);
    }

    fn call(&mut self, will: Option<bool>, lost: bool) {
        let Some(call) = policy().due_call(&self.payment, self.now) else { return };
        if self.payment.order_ended.is_some() {
            assert_ne!(call, ProviderCall::Charge, "an order that has ended is not charged");
        }
        let answer = self.book.call(call, will);
        self.answers.push(answer.clone());
        self.answer(if lost { Answer::Silent(call) } else { answer });
    }
}

fn rank(status: PaymentStatus) -> u8 {
    match status {
        PaymentStatus::Requested => 0,
        PaymentStatus::Pending => 1,
        _ => 2,
    }
}

fn refund_rank(refund: RefundStatus) -> u8 {
    match refund {
        RefundStatus::None => 0,
        RefundStatus::Pending => 1,
        RefundStatus::Done | RefundStatus::Failed => 2,
    }
}

#[derive(Clone, Debug)]
enum Move {
    Wait(u64),
    /// The provider is called if a call is due: its decision, and whether the answer is lost.
    Call(Option<bool>, bool),
    /// An earlier answer arrives again.
    Again(usize),
    EndOrder(Reason),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let reason = prop::sample::select(vec![Reason::Cancelled, Reason::Expired, Reason::Declined]);
    let one = prop_oneof![
        3 => (0..20_000_u64).prop_map(Move::Wait),
        4 => (any::<Option<bool>>(), any::<bool>()).prop_map(|(will, lost)| Move::Call(will, lost)),
        2 => any::<usize>().prop_map(Move::Again),
        1 => reason.prop_map(Move::EndOrder),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn after_any_inputs_charges_refunds_and_published_outcomes_agree(moves in moves()) {
        let mut trial = Trial::new();
        for step in moves {
            match step {
                Move::Wait(millis) => trial.now = trial.now.plus(Duration::from_millis(millis)),
                Move::Call(will, lost) => trial.call(will, lost),
                Move::Again(_) if trial.answers.is_empty() => {}
                Move::Again(nth) => trial.answer(trial.answers[nth % trial.answers.len()].clone()),
                Move::EndOrder(reason) => trial.end_order(reason),
            }
            prop_assert!(trial.book.charges <= 1);
        }
        // From here on the provider answers, at the latest when payments cancels the charge.
        for _ in 0..20 {
            trial.now = trial.now.plus(DEADLINE);
            trial.call(None, false);
        }
        let Trial { payment, book, entries, published, .. } = trial;
        prop_assert!(!payment.status.is_open() && payment.next_call_at.is_none(), "{payment:?}");
        prop_assert!(published.contains(&Published::Processed));
        let (was_charged, was_refunded) = (book.charges == 1, book.refunds == 1);
        prop_assert_eq!(entries.contains(&EntryKind::Captured), was_charged);
        prop_assert_eq!(entries.contains(&EntryKind::Refunded), was_refunded);
        prop_assert_eq!(was_refunded, was_charged && payment.order_ended.is_some());
        prop_assert_eq!(payment.reason().is_some(), !was_charged);
    }
}

#[test]
fn after_the_deadline_the_charge_is_cancelled() {
    let mut payment = payment();
    let late = payment.created_at.plus(DEADLINE);
    let before = late.minus(Duration::from_micros(1));
    assert_eq!(policy().due_call(&payment, before), Some(ProviderCall::Charge));
    assert_eq!(policy().due_call(&payment, late), Some(ProviderCall::Cancel));
    let effects = apply_outcome(&mut payment, &PaymentOutcome::Cancelled, late).unwrap();
    assert_eq!((effects.entry, effects.published), (Some(EntryKind::Expired), vec![Published::Processed]));
    assert_eq!((payment.status, payment.reason()), (PaymentStatus::Expired, Some(Reason::Expired)));
    assert_eq!(policy().due_call(&payment, late), None);
}

#[test]
fn a_retry_delay_never_skips_the_deadline() {
    let mut payment = payment();
    let late = payment.created_at.plus(DEADLINE);
    for attempt in 0..10 {
        apply_no_answer(&mut payment, &policy(), late.minus(Duration::from_secs(1)), 0.9).unwrap();
        assert!(payment.next_call_at.unwrap() <= late, "attempt {attempt}");
    }
    apply_no_answer(&mut payment, &policy(), late, 0.9).unwrap();
    assert!(payment.next_call_at.unwrap() > late, "after the deadline, calls are delayed as before");
}

#[test]
fn a_capture_reported_after_a_decline_is_refunded_once() {
    let mut payment = payment();
    let now = payment.created_at;
    apply_outcome(&mut payment, &PaymentOutcome::Declined, now).unwrap();
    let effects = apply_outcome(&mut payment, &captured(), now).unwrap();
    assert_eq!((effects.entry, effects.published), (Some(EntryKind::Captured), vec![Published::Refunded]));
    assert_eq!((payment.status, payment.refund), (PaymentStatus::Declined, RefundStatus::Pending));
    assert_eq!(policy().due_call(&payment, now), Some(ProviderCall::Refund));
    assert_eq!(apply_outcome(&mut payment, &captured(), now), None);
    apply_refund_outcome(&mut payment, &RefundOutcome::Done { reference: "re".into() }, now).unwrap();
    assert_eq!(apply_outcome(&mut payment, &captured(), now), None, "once");
}

#[test]
fn a_failed_refund_ignores_a_later_outcome() {
    let mut payment = payment();
    let now = payment.created_at;
    apply_outcome(&mut payment, &captured(), now).unwrap();
    apply_order_ended(&mut payment, Reason::Cancelled, now).unwrap();
    let effects = apply_refund_outcome(&mut payment, &RefundOutcome::Failed, now).unwrap();
    assert_eq!((effects.entry, effects.published), (None, vec![Published::Refunded]));
    assert_eq!((payment.refund, policy().due_call(&payment, now)), (RefundStatus::Failed, None));
    assert_eq!(apply_refund_outcome(&mut payment, &RefundOutcome::Done { reference: "re".into() }, now), None);
}
