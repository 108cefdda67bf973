use std::borrow::Cow;

use boxoffice_contracts::Reason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The status of an order: CREATED, RESERVED, PAID and CONFIRMED in this order. From the first three it can change to
/// FAILED or CANCELLED, from CONFIRMED to CANCELLED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderStatus {
    /// The order is stored. Requests may also call it `PENDING`.
    #[serde(alias = "PENDING")]
    Created,
    /// Its seats are held.
    Reserved,
    /// Its amount is captured.
    Paid,
    /// It is paid and its seats are sold.
    Confirmed,
    /// It ended without tickets.
    Failed,
    /// The order was cancelled.
    Cancelled,
}

use OrderStatus::{Cancelled, Confirmed, Created, Failed, Paid, Reserved};

/// The statuses of a successful order, in their order.
const SUCCESS_PATH: &[OrderStatus] = &[Created, Reserved, Paid, Confirmed];

/// Something that happens to an order: a message about its seats, its payment or its booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderInput {
    /// Inventory holds its seats.
    SeatsHeld,
    /// Inventory cannot hold its seats, for this reason.
    SeatsRefused(Reason),
    /// The amount was captured.
    PaymentCaptured,
    /// Its seats were sold.
    SeatsSold,
    /// Its seats were released, for this reason.
    SeatsReleased(Reason),
    /// A person cancelled its booking.
    BookingCancelled,
    /// The booking of the order expired.
    BookingExpired,
}

impl OrderInput {
    /// The note in the history, in plain English.
    pub fn note(self) -> Cow<'static, str> {
        match self {
            Self::SeatsHeld => "seats held".into(),
            Self::SeatsRefused(reason) => format!("seats refused: {reason}").into(),
            Self::PaymentCaptured => "payment captured".into(),
            Self::SeatsSold => "seats sold".into(),
            Self::SeatsReleased(reason) => format!("seats released: {reason}").into(),
            Self::BookingCancelled => "booking cancelled".into(),
            Self::BookingExpired => "booking expired".into(),
        }
    }
}

/// The outcome of an order, which orders publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// The order has tickets.
    Confirmed,
    /// The order failed for this reason.
    Failed(Reason),
    /// The order was cancelled for this reason.
    Cancelled(Reason),
}

impl OrderOutcome {
    /// The reason of an outcome without tickets; `None` for a confirmed order.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Confirmed => None,
            Self::Failed(reason) | Self::Cancelled(reason) => Some(reason),
        }
    }

    /// The name in lower case, for metrics and signals.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Failed(_) => "failed",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

/// A change of an order's status, and what the command does besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The status after the change.
    pub to: OrderStatus,
    /// Every status that the change enters, `to` at the end. The history gets a row for each.
    pub path: &'static [OrderStatus],
    /// The outcome to publish; `None` while the order goes on.
    pub outcome: Option<OrderOutcome>,
}

impl OrderStatus {
    /// The transition that `input` causes in this status; `None` when it changes nothing, because it is a duplicate or
    /// late. An input that implies earlier ones passes through their statuses as well.
    pub fn apply(self, input: OrderInput) -> Option<Transition> {
        match (self, input) {
            (_, OrderInput::SeatsHeld) => self.advance(Reserved, None),
            (_, OrderInput::PaymentCaptured) => self.advance(Paid, None),
            (_, OrderInput::SeatsSold) => self.advance(Confirmed, Some(OrderOutcome::Confirmed)),
            (Created | Reserved, OrderInput::SeatsRefused(reason))
            | (Created | Reserved | Paid, OrderInput::SeatsReleased(reason)) => Some(Transition::failed(reason)),
            (Created | Reserved | Paid, OrderInput::BookingExpired) => Some(Transition::failed(Reason::Expired)),
            (Confirmed, OrderInput::BookingExpired) => Some(Transition::cancelled(Reason::Expired)),
            (Created | Reserved | Paid | Confirmed, OrderInput::BookingCancelled) => {
                Some(Transition::cancelled(Reason::Cancelled))
            }
            _ => None,
        }
    }

    /// Whether the order has an outcome. A confirmed order can still be cancelled.
    pub const fn is_final(self) -> bool {
        matches!(self, Confirmed | Failed | Cancelled)
    }

    fn advance(self, to: Self, outcome: Option<OrderOutcome>) -> Option<Transition> {
        let index = |status| SUCCESS_PATH.iter().position(|known| *known == status);
        let (from, goal) = (index(self)?, index(to)?);
        (from < goal).then(|| Transition { to, path: &SUCCESS_PATH[from + 1..=goal], outcome })
    }
}

impl Transition {
    /// The transition of an order that fails for `reason`.
    pub const fn failed(reason: Reason) -> Self {
        Self { to: Failed, path: &[Failed], outcome: Some(OrderOutcome::Failed(reason)) }
    }

    /// The transition of an order that is cancelled for `reason`.
    pub const fn cancelled(reason: Reason) -> Self {
        Self { to: Cancelled, path: &[Cancelled], outcome: Some(OrderOutcome::Cancelled(reason)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [OrderStatus; 6] = [Created, Reserved, Paid, Confirmed, Failed, Cancelled];

    fn inputs() -> impl Strategy<Value = Vec<OrderInput>> {
        let reason = prop::sample::select(vec![Reason::Declined, Reason::SoldOut, Reason::Expired]);
        let input = prop_oneof![
            Just(OrderInput::SeatsHeld),
            Just(OrderInput::PaymentCaptured),
            Just(OrderInput::SeatsSold),
            Just(OrderInput::BookingCancelled),
            Just(OrderInput::BookingExpired),
            reason.clone().prop_map(OrderInput::SeatsRefused),
            reason.prop_map(OrderInput::SeatsReleased),
        ];
        prop::collection::vec(input, 0..30)
    }

    /// Every status that an order goes through, and every outcome that it publishes.
    fn walk(inputs: &[OrderInput]) -> (Vec<OrderStatus>, Vec<OrderOutcome>) {
        let (mut path, mut outcomes) = (vec![Created], Vec::new());
        for input in inputs {
            let Some(transition) = path[path.len() - 1].apply(*input) else { continue };
            path.extend(transition.path);
            outcomes.extend(transition.outcome);
        }
        (path, outcomes)
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
        /// No order of inputs leads backwards, and of the final statuses only CONFIRMED is left.
        #[test]
        fn every_path_is_legal(inputs in inputs()) {
            let (path, _) = walk(&inputs);
            for pair in path.windows(2) {
                prop_assert!(may_follow(pair[0], pair[1]), "{pair:?}");
            }
        }

        /// Every final status has its outcome once. Only a cancelled order that was confirmed before has two.
        #[test]
        fn every_outcome_is_published_once(inputs in inputs()) {
            let (path, outcomes) = walk(&inputs);
            let reached: Vec<_> = path.iter().filter(|status| status.is_final()).collect();
            prop_assert_eq!(reached.len(), outcomes.len());
            for (status, outcome) in reached.into_iter().zip(&outcomes) {
                let expected = match outcome {
                    OrderOutcome::Confirmed => Confirmed,
                    OrderOutcome::Failed(_) => Failed,
                    OrderOutcome::Cancelled(_) => Cancelled,
                };
                prop_assert_eq!(*status, expected);
            }
            prop_assert!(outcomes.len() <= 1 || matches!(outcomes[..], [OrderOutcome::Confirmed, OrderOutcome::Cancelled(_)]), "{outcomes:?}");
        }

        #[test]
        fn a_repeated_input_changes_nothing(inputs in inputs(), again in prop::collection::vec(0_usize..30, 0..10)) {
            let mut repeated = inputs.clone();
            repeated.extend(again.into_iter().filter_map(|index| inputs.get(index)));
            prop_assert_eq!(walk(&inputs), walk(&repeated));
        }

        #[test]
        fn the_inputs_of_a_successful_order_confirm_it_in_any_order(inputs in Just(vec![OrderInput::SeatsHeld, OrderInput::PaymentCaptured, OrderInput::SeatsSold]).prop_shuffle()) {
            let (path, outcomes) = walk(&inputs);
            prop_assert_eq!(path, SUCCESS_PATH);
            prop_assert_eq!(outcomes, vec![OrderOutcome::Confirmed]);
        }
    }

    #[test]
    fn a_cancellation_applies_in_every_status_but_failed_and_cancelled() {
        for status in ALL {
            let transition = status.apply(OrderInput::BookingCancelled);
            let expected =
                (!matches!(status, Failed | Cancelled)).then_some(OrderOutcome::Cancelled(Reason::Cancelled));
            assert_eq!(transition.and_then(|transition| transition.outcome), expected, "{status:?}");
        }
    }

    #[test]
    fn released_seats_fail_an_order_that_is_not_confirmed() {
        for status in ALL {
            let transition = status.apply(OrderInput::SeatsReleased(Reason::Declined));
            let expected = (!status.is_final()).then_some(OrderOutcome::Failed(Reason::Declined));
            assert_eq!(transition.and_then(|transition| transition.outcome), expected, "{status:?}");
        }
    }

    #[test]
    fn a_status_is_one_word_in_capitals_and_pending_is_an_alias_of_created() {
        for (status, word) in ALL.into_iter().zip(["CREATED", "RESERVED", "PAID", "CONFIRMED", "FAILED", "CANCELLED"]) {
            assert_eq!(boxoffice_database::to_value(&status), boxoffice_database::Value::Text(word.into()));
        }
        let pending = boxoffice_database::Value::Text("PENDING".into());
        assert_eq!(boxoffice_database::from_value(pending), Ok(Created));
    }
}
