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

/// A provider that keeps its word: what is decided stays so.
#[derive(Default)]
struct Book {
    outcome: Option<PaymentOutcome>,
    charges: u32,
    refunds: u32,
}

impl Book {
    /// What happens at the provider. `will` is what it makes of a charge that it sees for the first time; none leaves it
    /// open.
    fn call(&mut self, call: ProviderCall, will: Option<bool>) -> Answer {
        match call {
            ProviderCall::Charge if self.outcome.is_none() => {
                self.outcome = will.map(|good| if good { captured() } else { PaymentOutcome::Declined });
                self.charges += u32::from(self.outcome == Some(captured()));
            }
            ProviderCall::Cancel => drop(self.outcome.get_or_insert(PaymentOutcome::Cancelled)),
            ProviderCall::Charge => {}
            ProviderCall::Refund => {
                assert_eq!(self.outcome, Some(captured()), "a refund of what was never taken");
                self.refunds = 1;
                return Answer::Refund(RefundOutcome::Done { reference: "re".into() });
            }
        }
        self.outcome.clone().map_or(Answer::NoAnswer(call), Answer::Charge)
    }
}

fn captured() -> PaymentOutcome {
    PaymentOutcome::Captured { reference: "ch".into() }
}

#[derive(Clone, Debug)]
enum Answer {
    Charge(PaymentOutcome),
    Refund(RefundOutcome),
    NoAnswer(ProviderCall),
}

/// Everything that a payment went through, and the rules that hold all the way.
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

    fn took(&mut self, before: &Payment, step: Option<Effects>) {
        let Some(step) = step else {
            assert_eq!(*before, self.payment, "what follows nothing changes nothing");
            return;
        };
        self.entries.extend(step.entry);
        self.published.extend(step.published);
        let after = &self.payment;
        assert!(rank(before.status) <= rank(after.status), "{:?} -> {:?}", before.status, after.status);
        assert!(before.status.is_open() || before.status == after.status, "a final state was left");
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
        assert_eq!(processed, !after.status.is_open(), "the outcome is said when it is known, and not before");
        assert_eq!(after.next_call_at.is_some(), after.status.is_open() || after.refund == RefundStatus::Pending);
    }

    fn hear(&mut self, answer: Answer) {
        let before = self.payment.clone();
        let (payment, now) = (&mut self.payment, self.now);
        let step = match answer {
            Answer::Charge(answer) => payment.hear(answer, now),
            Answer::Refund(answer) => payment.hear_refund(answer),
            Answer::NoAnswer(ProviderCall::Refund) if payment.refund != RefundStatus::Pending => None,
            Answer::NoAnswer(ProviderCall::Charge | ProviderCall::Cancel) if !payment.status.is_open() => None,
            Answer::NoAnswer(_) => payment.hear_nothing(now, &PACE, 0.5),
        };
        self.took(&before, step);
    }

    fn end_order(&mut self, reason: Reason) {
        let before = self.payment.clone();
        let step = self.payment.end_order(reason, self.now);
        self.took(&before, step);
    }

    fn call(&mut self, will: Option<bool>, lost: bool) {
        let Some(call) = self.payment.call(self.now, &PACE) else { return };
        if self.payment.order_ended.is_some() {
            assert_ne!(call, ProviderCall::Charge, "an order that has ended is not charged");
        }
        let answer = self.book.call(call, will);
        self.answers.push(answer.clone());
        self.hear(if lost { Answer::NoAnswer(call) } else { answer });
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
    /// The provider is called, if that is due: what it makes of a charge, and whether its answer is lost.
    Call(Option<bool>, bool),
    /// An answer that came before comes again.
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
    fn whatever_happens_money_and_words_agree_in_the_end(moves in moves()) {
        let mut trial = Trial::new();
        for step in moves {
            match step {
                Move::Wait(millis) => trial.now = trial.now.plus(Duration::from_millis(millis)),
                Move::Call(will, lost) => trial.call(will, lost),
                Move::Again(_) if trial.answers.is_empty() => {}
                Move::Again(nth) => trial.hear(trial.answers[nth % trial.answers.len()].clone()),
                Move::EndOrder(reason) => trial.end_order(reason),
            }
            prop_assert!(trial.book.charges <= 1);
        }
        // From here on the provider answers, at the latest when the charge is called off.
        for _ in 0..20 {
            trial.now = trial.now.plus(DEADLINE);
            trial.call(None, false);
        }
        let Trial { payment, book, entries, published, .. } = trial;
        prop_assert!(!payment.status.is_open() && payment.next_call_at.is_none(), "{payment:?}");
        prop_assert!(published.contains(&Published::Processed));
        let (took, gave) = (book.charges == 1, book.refunds == 1);
        prop_assert_eq!(entries.contains(&EntryKind::Captured), took);
        prop_assert_eq!(entries.contains(&EntryKind::Refunded), gave);
        prop_assert_eq!(gave, took && payment.order_ended.is_some());
        prop_assert_eq!(payment.reason().is_some(), !took);
    }
}

#[test]
fn the_deadline_turns_a_charge_into_its_cancellation() {
    let mut payment = payment();
    let late = payment.created_at.plus(DEADLINE);
    assert_eq!(payment.call(late.minus(Duration::from_micros(1)), &PACE), Some(ProviderCall::Charge));
    assert_eq!(payment.call(late, &PACE), Some(ProviderCall::Cancel));
    let step = payment.hear(PaymentOutcome::Cancelled, late).unwrap();
    assert_eq!((step.entry, step.published), (Some(EntryKind::Expired), [Published::Processed].as_slice()));
    assert_eq!((payment.status, payment.reason()), (PaymentStatus::Expired, Some(Reason::Expired)));
    assert_eq!(payment.call(late, &PACE), None);
}

#[test]
fn the_call_after_a_silent_one_is_never_put_off_beyond_the_deadline() {
    let mut payment = payment();
    let late = payment.created_at.plus(DEADLINE);
    for attempt in 0..10 {
        payment.hear_nothing(late.minus(Duration::from_secs(1)), &PACE, 0.9).unwrap();
        assert!(payment.next_call_at.unwrap() <= late, "attempt {attempt}");
    }
    payment.hear_nothing(late, &PACE, 0.9).unwrap();
    assert!(payment.next_call_at.unwrap() > late, "a provider that is silent even then is not stormed");
}

#[test]
fn money_taken_against_the_providers_word_goes_back() {
    let mut payment = payment();
    let now = payment.created_at;
    payment.hear(PaymentOutcome::Declined, now).unwrap();
    let step = payment.hear(captured(), now).unwrap();
    assert_eq!((step.entry, step.published), (Some(EntryKind::Captured), [Published::Refunded].as_slice()));
    assert_eq!((payment.status, payment.refund), (PaymentStatus::Declined, RefundStatus::Pending));
    assert_eq!(payment.call(now, &PACE), Some(ProviderCall::Refund));
    assert_eq!(payment.hear(captured(), now), None);
    payment.hear_refund(RefundOutcome::Done { reference: "re".into() }).unwrap();
    assert_eq!(payment.hear(captured(), now), None, "once");
}

#[test]
fn a_refund_that_was_refused_for_good_stays_so() {
    let mut payment = payment();
    let now = payment.created_at;
    payment.hear(captured(), now).unwrap();
    payment.end_order(Reason::Cancelled, now).unwrap();
    let step = payment.hear_refund(RefundOutcome::Failed).unwrap();
    assert_eq!((step.entry, step.published), (None, [Published::Refunded].as_slice()));
    assert_eq!((payment.refund, payment.call(now, &PACE)), (RefundStatus::Failed, None));
    assert_eq!(payment.hear_refund(RefundOutcome::Done { reference: "re".into() }), None);
}
