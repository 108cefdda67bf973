//! Nouns and rules: how an order goes from created to its end. Pure.

use std::borrow::Cow;

use boxoffice_contracts::{Reason, events::Refund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines of one order.
pub const MAX_LINES: usize = 20;

/// Where an order stands. It goes from `CREATED` over `RESERVED` and `PAID` to `CONFIRMED`, and from each of the first
/// three to `FAILED` or `CANCELLED`; `CONFIRMED` alone of the final states is left, by a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderStatus {
    /// It is written down what is owed. Also known as `PENDING` where a status is read.
    #[serde(alias = "PENDING")]
    Created,
    /// The seats are held.
    Reserved,
    /// The amount is captured.
    Paid,
    /// Paid, and the seats are sold.
    Confirmed,
    /// It ended without tickets.
    Failed,
    /// It was called off.
    Cancelled,
}

use OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved};

/// The way to the tickets, in its order.
const FORWARD: &[OrderStatus] = &[Created, Reserved, Paid, Confirmed];

/// What is heard about an order, as far as it moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Its seats are held.
    SeatsHeld,
    /// Its seats cannot be had.
    SeatsRefused(Reason),
    /// Its amount is captured.
    Captured,
    /// Its seats are sold.
    SeatsSold,
    /// Its seats were given back.
    SeatsReleased(Reason),
    /// A person called its booking off.
    BookingCancelled,
    /// The time of its booking is up.
    BookingExpired,
}

impl Fact {
    /// For people, beside each step that it makes an order take.
    pub fn note(self) -> Cow<'static, str> {
        match self {
            Self::SeatsHeld => "seats held".into(),
            Self::SeatsRefused(reason) => format!("seats refused: {reason}").into(),
            Self::Captured => "amount captured".into(),
            Self::SeatsSold => "seats sold".into(),
            Self::SeatsReleased(reason) => format!("seats given back: {reason}").into(),
            Self::BookingCancelled => "booking cancelled".into(),
            Self::BookingExpired => "booking expired".into(),
        }
    }
}

/// How an order ends, which is said to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With tickets.
    Confirmed,
    /// Without, for this reason.
    Failed(Reason),
    /// Called off, for this reason.
    Cancelled(Reason),
}

impl End {
    /// Why there are no tickets.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Confirmed => None,
            Self::Failed(reason) | Self::Cancelled(reason) => Some(reason),
        }
    }

    /// In one word, for metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Failed(_) => "failed",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

/// What a fact makes an order go through; nothing, when it comes twice or too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The states entered, in their order.
    pub through: &'static [OrderStatus],
    /// The end that is reached by the last of them.
    pub end: Option<End>,
}

impl OrderStatus {
    /// Where `fact` leads from here. A fact that implies earlier ones, which were not heard yet, leads through their
    /// states as well.
    pub fn after(self, fact: Fact) -> Steps {
        match (self, fact) {
            (_, Fact::SeatsHeld) => self.forward_to(Reserved, None),
            (_, Fact::Captured) => self.forward_to(Paid, None),
            (_, Fact::SeatsSold) => self.forward_to(Confirmed, Some(End::Confirmed)),
            (Created | Reserved, Fact::SeatsRefused(reason))
            | (Created | Reserved | Paid, Fact::SeatsReleased(reason)) => Steps::failed(reason),
            (Created | Reserved | Paid, Fact::BookingExpired) => Steps::failed(Reason::Expired),
            (Confirmed, Fact::BookingExpired) => Steps::cancelled(Reason::Expired),
            (Created | Reserved | Paid | Confirmed, Fact::BookingCancelled) => Steps::cancelled(Reason::Cancelled),
            _ => Steps::NONE,
        }
    }

    /// Whether nothing is waited for any more.
    pub fn is_final(self) -> bool {
        matches!(self, Confirmed | Failed | Cancelled)
    }

    fn forward_to(self, goal: Self, end: Option<End>) -> Steps {
        let place = |status| FORWARD.iter().position(|known| *known == status);
        let (Some(here), Some(there)) = (place(self), place(goal)) else { return Steps::NONE };
        if here < there { Steps { through: &FORWARD[here + 1..=there], end } } else { Steps::NONE }
    }
}

impl Steps {
    const NONE: Self = Self { through: &[], end: None };

    const fn failed(reason: Reason) -> Self {
        Self { through: &[Failed], end: Some(End::Failed(reason)) }
    }

    const fn cancelled(reason: Reason) -> Self {
        Self { through: &[Cancelled], end: Some(End::Cancelled(reason)) }
    }
}

/// Whether a refund that is `heard` has come further than the one that is `shown`. One that failed stays so until it is
/// done, though it be asked for again: that way the same is shown whatever the order of what is heard.
pub fn is_further(shown: Refund, heard: Refund) -> bool {
    let rank = |refund| match refund {
        Refund::None => 0,
        Refund::Pending => 1,
        Refund::Failed => 2,
        Refund::Done => 3,
    };
    rank(heard) > rank(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [OrderStatus; 6] = [Created, Reserved, Paid, Confirmed, Failed, Cancelled];

    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        let reason = prop::sample::select(vec![Reason::Declined, Reason::SoldOut, Reason::Expired]);
        let fact = prop_oneof![
            Just(Fact::SeatsHeld),
            Just(Fact::Captured),
            Just(Fact::SeatsSold),
            Just(Fact::BookingCancelled),
            Just(Fact::BookingExpired),
            reason.clone().prop_map(Fact::SeatsRefused),
            reason.prop_map(Fact::SeatsReleased),
        ];
        prop::collection::vec(fact, 0..30)
    }

    /// Every state that an order goes through, and every end that it says.
    fn walk(facts: &[Fact]) -> (Vec<OrderStatus>, Vec<End>) {
        let (mut path, mut ends) = (vec![Created], Vec::new());
        for fact in facts {
            let steps = path[path.len() - 1].after(*fact);
            path.extend(steps.through);
            ends.extend(steps.end);
        }
        (path, ends)
    }

    fn may_follow(before: OrderStatus, after: OrderStatus) -> bool {
        matches!(
            (before, after),
            (Created, Reserved)
                | (Reserved, Paid)
                | (Paid, Confirmed)
                | (Created | Reserved | Paid, Failed | Cancelled)
                | (Confirmed, Cancelled)
        )
    }

    proptest! {
        /// Whatever is heard in whatever order, the path is one of the automaton: nothing goes backwards, and of the
        /// final states only CONFIRMED is left.
        #[test]
        fn the_path_is_legal(facts in facts()) {
            let (path, _) = walk(&facts);
            for pair in path.windows(2) {
                prop_assert!(may_follow(pair[0], pair[1]), "{pair:?}");
            }
        }

        /// Each end that is reached is said when it is reached, once: one end, but for a confirmed order that was
        /// cancelled.
        #[test]
        fn every_end_is_said_once(facts in facts()) {
            let (path, ends) = walk(&facts);
            let reached: Vec<_> = path.iter().filter(|status| status.is_final()).collect();
            prop_assert_eq!(reached.len(), ends.len());
            for (status, end) in reached.into_iter().zip(&ends) {
                let said = match end {
                    End::Confirmed => Confirmed,
                    End::Failed(_) => Failed,
                    End::Cancelled(_) => Cancelled,
                };
                prop_assert_eq!(*status, said);
            }
            prop_assert!(ends.len() <= 1 || matches!(ends[..], [End::Confirmed, End::Cancelled(_)]), "{ends:?}");
        }

        /// What is heard again changes nothing, at once or later.
        #[test]
        fn repetition_changes_nothing(facts in facts(), again in prop::collection::vec(0_usize..30, 0..10)) {
            let mut repeated = facts.clone();
            repeated.extend(again.into_iter().filter_map(|index| facts.get(index)));
            prop_assert_eq!(walk(&facts), walk(&repeated));
        }

        /// What a successful order hears leads to the same end in any order.
        #[test]
        fn success_is_one_end(facts in Just(vec![Fact::SeatsHeld, Fact::Captured, Fact::SeatsSold]).prop_shuffle()) {
            let (path, ends) = walk(&facts);
            prop_assert_eq!(path, FORWARD);
            prop_assert_eq!(ends, vec![End::Confirmed]);
        }

        #[test]
        fn a_refund_is_shown_the_same_in_any_order(
            mut heard in prop::collection::vec(
                prop::sample::select(vec![Refund::Pending, Refund::Failed, Refund::Done]), 1..10
            ),
        ) {
            let show = |heard: &[Refund]| {
                heard.iter().fold(Refund::None, |shown, next| if is_further(shown, *next) { *next } else { shown })
            };
            let shown = show(&heard);
            heard.reverse();
            prop_assert_eq!(show(&heard), shown);
            prop_assert_eq!(shown == Refund::Done, heard.contains(&Refund::Done));
        }
    }

    #[test]
    fn a_cancellation_wins_from_every_state_that_may_be_left() {
        for status in ALL {
            let ends = status.after(Fact::BookingCancelled).end;
            let expected = (!matches!(status, Failed | Cancelled)).then_some(End::Cancelled(Reason::Cancelled));
            assert_eq!(ends, expected, "{status:?}");
        }
    }

    #[test]
    fn seats_that_are_given_back_fail_what_was_not_confirmed() {
        for status in ALL {
            let ends = status.after(Fact::SeatsReleased(Reason::Declined)).end;
            let expected = (!status.is_final()).then_some(End::Failed(Reason::Declined));
            assert_eq!(ends, expected, "{status:?}");
        }
    }

    #[test]
    fn a_status_is_one_word_in_capitals_and_pending_is_read_as_created() {
        for (status, word) in ALL.into_iter().zip(["CREATED", "RESERVED", "PAID", "CONFIRMED", "FAILED", "CANCELLED"]) {
            assert_eq!(boxoffice_database::to_value(&status), boxoffice_database::Value::Text(word.into()));
        }
        let pending = boxoffice_database::Value::Text("PENDING".into());
        assert_eq!(boxoffice_database::from_value(pending), Ok(Created));
    }
}
