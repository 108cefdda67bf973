//! The rules alone: whatever is heard in whatever order, nobody is charged twice or left without an answer.

use std::time::Duration;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, OrganizerId, PaymentToken, Reason, UserId, events::Refund};
use boxoffice_payments::{
    domain::{Call, Charged, EntryKind, Pace, Refunded, Say, State, Step},
    store::Payment,
};
use proptest::prelude::*;
use uuid::Uuid;

const PACE: Pace = Pace {
    first_wait: Duration::from_millis(500),
    longest_wait: Duration::from_secs(30),
    deadline: Duration::from_secs(60),
};

fn asking() -> Payment {
    Payment {
        id: BookingId::from(Uuid::from_u128(1)),
        organizer_id: OrganizerId::from(1),
        user_id: UserId::from(1),
        amount_minor: 5000,
        currency: Currency::EUR,
        payment_token: Some(PaymentToken::from("tok".to_owned())),
        state: State::Asking,
        order_ended: None,
        reference: None,
        refund: Refund::None,
        attempts: 0,
        next_call_at: Some(Timestamp::from_micros(0)),
        created_at: Timestamp::from_micros(0),
        causation_id: None,
        correlation_id: String::new(),
        traceparent: None,
        version: 1,
    }
}

/// A provider that keeps its word: what is decided stays so.
#[derive(Default)]
struct Book {
    outcome: Option<Charged>,
    charges: u32,
    refunds: u32,
}

impl Book {
    /// What happens at the provider. `will` is what it makes of a charge that it sees for the first time; none leaves it
    /// open.
    fn call(&mut self, call: Call, will: Option<bool>) -> Answer {
        match call {
            Call::Charge if self.outcome.is_none() => {
                self.outcome = will.map(|good| if good { captured() } else { Charged::Declined });
                self.charges += u32::from(self.outcome == Some(captured()));
            }
            Call::Cancel => drop(self.outcome.get_or_insert(Charged::Cancelled)),
            Call::Charge => {}
            Call::Refund => {
                assert_eq!(self.outcome, Some(captured()), "a refund of what was never taken");
                self.refunds = 1;
                return Answer::Refund(Refunded::Done { reference: "re".into() });
            }
        }
        self.outcome.clone().map_or(Answer::Nothing(call), Answer::Charge)
    }
}

fn captured() -> Charged {
    Charged::Captured { reference: "ch".into() }
}

#[derive(Clone, Debug)]
enum Answer {
    Charge(Charged),
    Refund(Refunded),
    Nothing(Call),
}

/// Everything that a payment went through, and the rules that hold all the way.
struct Trial {
    payment: Payment,
    now: Timestamp,
    book: Book,
    entries: Vec<EntryKind>,
    says: Vec<Say>,
    answers: Vec<Answer>,
}

impl Trial {
    fn new() -> Self {
        Self {
            payment: asking(),
            now: Timestamp::from_micros(0),
            book: Book::default(),
            entries: vec![EntryKind::Intent],
            says: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn took(&mut self, before: &Payment, step: Option<Step>) {
        let Some(step) = step else {
            assert_eq!(*before, self.payment, "what follows nothing changes nothing");
            return;
        };
        self.entries.extend(step.entry);
        self.says.extend(step.says);
        let after = &self.payment;
        assert!(rank(before.state) <= rank(after.state), "{:?} -> {:?}", before.state, after.state);
        assert!(before.state.is_open() || before.state == after.state, "a final state was left");
        assert!(refund_rank(before.refund) <= refund_rank(after.refund));
        assert!(before.order_ended.is_none() || before.order_ended == after.order_ended);
        let mut numbers: Vec<_> = self.entries.iter().map(|kind| kind.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), self.entries.len(), "{:?}", self.entries);
        let refunded = self.entries.contains(&EntryKind::Refunded);
        assert!(!refunded || self.entries.contains(&EntryKind::Captured), "refunded more than captured");
        for once in [Say::Pending, Say::Processed] {
            assert!(self.says.iter().filter(|say| **say == once).count() <= 1, "{:?}", self.says);
        }
        let processed = self.says.contains(&Say::Processed);
        assert_eq!(processed, !after.state.is_open(), "the outcome is said when it is known, and not before");
        assert_eq!(after.next_call_at.is_some(), after.state.is_open() || after.refund == Refund::Pending);
    }

    fn hear(&mut self, answer: Answer) {
        let before = self.payment.clone();
        let (payment, now) = (&mut self.payment, self.now);
        let step = match answer {
            Answer::Charge(answer) => payment.hear(answer, now),
            Answer::Refund(answer) => payment.hear_refund(answer),
            Answer::Nothing(Call::Refund) if payment.refund != Refund::Pending => None,
            Answer::Nothing(Call::Charge | Call::Cancel) if !payment.state.is_open() => None,
            Answer::Nothing(_) => payment.hear_nothing(now, &PACE, 0.5),
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
            assert_ne!(call, Call::Charge, "an order that has ended is not charged");
        }
        let answer = self.book.call(call, will);
        self.answers.push(answer.clone());
        self.hear(if lost { Answer::Nothing(call) } else { answer });
    }
}

fn rank(state: State) -> u8 {
    match state {
        State::Asking => 0,
        State::Pending => 1,
        _ => 2,
    }
}

fn refund_rank(refund: Refund) -> u8 {
    match refund {
        Refund::None => 0,
        Refund::Pending => 1,
        Refund::Done | Refund::Failed => 2,
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
            trial.now = trial.now.plus(PACE.deadline);
            trial.call(None, false);
        }
        let Trial { payment, book, entries, says, .. } = trial;
        prop_assert!(!payment.state.is_open() && payment.next_call_at.is_none(), "{payment:?}");
        prop_assert!(says.contains(&Say::Processed));
        let (took, gave) = (book.charges == 1, book.refunds == 1);
        prop_assert_eq!(entries.contains(&EntryKind::Captured), took);
        prop_assert_eq!(entries.contains(&EntryKind::Refunded), gave);
        prop_assert_eq!(gave, took && payment.order_ended.is_some());
        prop_assert_eq!(payment.reason().is_some(), !took);
    }
}

#[test]
fn the_deadline_turns_a_charge_into_its_cancellation() {
    let mut payment = asking();
    let late = payment.created_at.plus(PACE.deadline);
    assert_eq!(payment.call(late.minus(Duration::from_micros(1)), &PACE), Some(Call::Charge));
    assert_eq!(payment.call(late, &PACE), Some(Call::Cancel));
    let step = payment.hear(Charged::Cancelled, late).unwrap();
    assert_eq!((step.entry, step.says), (Some(EntryKind::Expired), [Say::Processed].as_slice()));
    assert_eq!((payment.state, payment.reason()), (State::Expired, Some(Reason::Expired)));
    assert_eq!(payment.call(late, &PACE), None);
}

#[test]
fn the_call_after_a_silent_one_is_never_put_off_beyond_the_deadline() {
    let mut payment = asking();
    let late = payment.created_at.plus(PACE.deadline);
    for attempt in 0..10 {
        payment.hear_nothing(late.minus(Duration::from_secs(1)), &PACE, 0.9).unwrap();
        assert!(payment.next_call_at.unwrap() <= late, "attempt {attempt}");
    }
    payment.hear_nothing(late, &PACE, 0.9).unwrap();
    assert!(payment.next_call_at.unwrap() > late, "a provider that is silent even then is not stormed");
}

#[test]
fn money_taken_against_the_providers_word_goes_back() {
    let mut payment = asking();
    let now = payment.created_at;
    payment.hear(Charged::Declined, now).unwrap();
    let step = payment.hear(captured(), now).unwrap();
    assert_eq!((step.entry, step.says), (Some(EntryKind::Captured), [Say::Refund].as_slice()));
    assert_eq!((payment.state, payment.refund), (State::Declined, Refund::Pending));
    assert_eq!(payment.call(now, &PACE), Some(Call::Refund));
    assert_eq!(payment.hear(captured(), now), None);
    payment.hear_refund(Refunded::Done { reference: "re".into() }).unwrap();
    assert_eq!(payment.hear(captured(), now), None, "once");
}

#[test]
fn a_refund_that_was_refused_for_good_stays_so() {
    let mut payment = asking();
    let now = payment.created_at;
    payment.hear(captured(), now).unwrap();
    payment.end_order(Reason::Cancelled, now).unwrap();
    let step = payment.hear_refund(Refunded::Refused).unwrap();
    assert_eq!((step.entry, step.says), (None, [Say::Refund].as_slice()));
    assert_eq!((payment.refund, payment.call(now, &PACE)), (Refund::Failed, None));
    assert_eq!(payment.hear_refund(Refunded::Done { reference: "re".into() }), None);
}
