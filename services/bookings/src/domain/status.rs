use boxoffice_contracts::{Reason, events::Refund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TimelineState;

/// The status of a booking. PENDING changes to any of the others; of these, only CONFIRMED changes again, to CANCELLED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum BookingStatus {
    /// Its seats are held or claimed, and its payment is in progress.
    Pending,
    /// It is paid, its seats are sold, and it has valid tickets.
    Confirmed,
    /// It ended without tickets: the payment was declined, or the seats were not available.
    Failed,
    /// It ended without tickets because it was not paid in time.
    Expired,
    /// A person cancelled it; its tickets, if any were issued, are void. No message changes this status.
    Cancelled,
}

impl BookingStatus {
    /// Whether the booking has left PENDING. A confirmed booking can still be cancelled.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending)
    }

    /// The name in lower case, for metrics, signals and error messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The status of a booking's payment, as far as payments has published it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatus {
    /// Payments has published nothing about this booking.
    None,
    /// The payment provider has not answered; the deadline of the booking is suspended.
    Pending,
    /// The provider captured the amount.
    Paid,
    /// The provider declined, or the payment expired: the amount will not be captured.
    Failed,
}

/// Everything about a booking that a [`Transition`] may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookingState {
    /// The status that clients see.
    pub status: BookingStatus,
    /// The reason of a booking that ended without tickets; `None` while it is pending or confirmed.
    pub reason: Option<Reason>,
    /// The status of its payment.
    pub payment: PaymentStatus,
    /// The status of its refund.
    pub refund: Refund,
}

/// Something that happens to a booking: a message about it, a request, or its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookingInput {
    /// Its order was confirmed.
    OrderConfirmed,
    /// Its order failed for this reason.
    OrderFailed(Reason),
    /// A person cancelled the booking or its order.
    Cancelled,
    /// Its deadline has passed.
    DeadlinePassed,
    /// The payment provider has not answered yet.
    PaymentPending,
    /// The amount was captured.
    PaymentCaptured,
    /// The amount was not captured and will not be.
    PaymentFailed,
    /// Its refund has this status.
    Refund(Refund),
}

/// A change of a booking, and what the command does besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state of the booking after the change.
    pub to: BookingState,
    /// The entry that the timeline shows for the change.
    pub timeline_state: TimelineState,
    /// The change of its tickets; `None` when they stay as they are.
    pub tickets: Option<TicketEffect>,
    /// Whether the booking leaves PENDING by this change.
    pub has_ended: bool,
}

/// What a [`Transition`] does to the tickets of its booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketEffect {
    /// Issues one ticket for each seat.
    Issue,
    /// Makes all tickets void.
    Void,
}

impl BookingInput {
    const fn timeline_state(self) -> TimelineState {
        match self {
            Self::OrderConfirmed => TimelineState::Confirmed,
            Self::OrderFailed(Reason::Expired) | Self::DeadlinePassed => TimelineState::Expired,
            Self::OrderFailed(_) => TimelineState::Failed,
            Self::Cancelled => TimelineState::Cancelled,
            Self::PaymentPending => TimelineState::PaymentPending,
            Self::PaymentCaptured => TimelineState::Paid,
            Self::PaymentFailed => TimelineState::NotPaid,
            Self::Refund(Refund::None | Refund::Pending) => TimelineState::RefundPending,
            Self::Refund(Refund::Done) => TimelineState::RefundDone,
            Self::Refund(Refund::Failed) => TimelineState::RefundFailed,
        }
    }
}

impl BookingState {
    /// The state of a new booking.
    pub const INITIAL: Self =
        Self { status: BookingStatus::Pending, reason: None, payment: PaymentStatus::None, refund: Refund::None };

    /// The transition that `input` causes in this state; `None` when it changes nothing, because it is a duplicate, late
    /// or not allowed.
    pub fn apply(self, input: BookingInput) -> Option<Transition> {
        let to = self.after(input)?;
        let tickets = match (self.status, to.status) {
            (BookingStatus::Pending, BookingStatus::Confirmed) => Some(TicketEffect::Issue),
            (BookingStatus::Confirmed, BookingStatus::Cancelled) => Some(TicketEffect::Void),
            _ => None,
        };
        let has_ended = !self.status.is_final() && to.status.is_final();
        Some(Transition { to, timeline_state: input.timeline_state(), tickets, has_ended })
    }

    fn after(self, input: BookingInput) -> Option<Self> {
        match input {
            BookingInput::OrderConfirmed => {
                (!self.status.is_final()).then_some(Self { status: BookingStatus::Confirmed, ..self })
            }
            BookingInput::OrderFailed(Reason::Expired) => self.ended(BookingStatus::Expired, Reason::Expired),
            BookingInput::OrderFailed(reason) => self.ended(BookingStatus::Failed, reason),
            BookingInput::Cancelled => {
                let is_open = matches!(self.status, BookingStatus::Pending | BookingStatus::Confirmed);
                let cancelled = Self { status: BookingStatus::Cancelled, reason: Some(Reason::Cancelled), ..self };
                is_open.then_some(cancelled)
            }
            BookingInput::DeadlinePassed if self.may_expire() => self.ended(BookingStatus::Expired, Reason::Expired),
            BookingInput::DeadlinePassed => None,
            BookingInput::PaymentPending => {
                (self.payment == PaymentStatus::None).then_some(Self { payment: PaymentStatus::Pending, ..self })
            }
            BookingInput::PaymentCaptured => self.settled(PaymentStatus::Paid),
            BookingInput::PaymentFailed => self.settled(PaymentStatus::Failed),
            BookingInput::Refund(refund) => refund.supersedes(self.refund).then_some(Self { refund, ..self }),
        }
    }

    /// Whether the deadline applies. While a payment is pending, payments enforces its own deadline; once it is captured,
    /// the tickets follow.
    fn may_expire(self) -> bool {
        matches!(self.payment, PaymentStatus::None | PaymentStatus::Failed)
    }

    fn ended(self, status: BookingStatus, reason: Reason) -> Option<Self> {
        (!self.status.is_final()).then_some(Self { status, reason: Some(reason), ..self })
    }

    fn settled(self, payment: PaymentStatus) -> Option<Self> {
        matches!(self.payment, PaymentStatus::None | PaymentStatus::Pending).then_some(Self { payment, ..self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn input() -> impl Strategy<Value = BookingInput> {
        prop::sample::select(vec![
            BookingInput::OrderConfirmed,
            BookingInput::OrderFailed(Reason::Declined),
            BookingInput::OrderFailed(Reason::Expired),
            BookingInput::Cancelled,
            BookingInput::DeadlinePassed,
            BookingInput::PaymentPending,
            BookingInput::PaymentCaptured,
            BookingInput::PaymentFailed,
            BookingInput::Refund(Refund::Pending),
            BookingInput::Refund(Refund::Failed),
            BookingInput::Refund(Refund::Done),
        ])
    }

    fn inputs() -> impl Strategy<Value = Vec<BookingInput>> {
        prop::collection::vec(input(), 0..25)
    }

    /// The states that a booking goes through, the initial one first.
    fn states(inputs: &[BookingInput]) -> Vec<BookingState> {
        let mut states = vec![BookingState::INITIAL];
        for input in inputs {
            states.extend(states[states.len() - 1].apply(*input).map(|transition| transition.to));
        }
        states
    }

    fn payment_rank(payment: PaymentStatus) -> u8 {
        match payment {
            PaymentStatus::None => 0,
            PaymentStatus::Pending => 1,
            PaymentStatus::Paid | PaymentStatus::Failed => 2,
        }
    }

    proptest! {
        #[test]
        fn no_transition_goes_back_and_only_confirmed_is_left_of_the_final_statuses(inputs in inputs()) {
            for pair in states(&inputs).windows(2) {
                let (before, after) = (pair[0], pair[1]);
                prop_assert_ne!(before, after, "a transition changes something");
                let legal = before.status == after.status
                    || before.status == BookingStatus::Pending
                    || (before.status, after.status) == (BookingStatus::Confirmed, BookingStatus::Cancelled);
                prop_assert!(legal, "{before:?} -> {after:?}");
                prop_assert!(!before.refund.supersedes(after.refund));
                prop_assert!(before.payment == after.payment
                    || payment_rank(before.payment) < payment_rank(after.payment));
            }
        }

        #[test]
        fn exactly_the_bookings_that_ended_without_tickets_have_a_reason(inputs in inputs()) {
            for state in states(&inputs) {
                let ended = matches!(
                    state.status,
                    BookingStatus::Failed | BookingStatus::Expired | BookingStatus::Cancelled
                );
                prop_assert_eq!(state.reason.is_some(), ended, "{:?}", state);
            }
        }

        #[test]
        fn a_cancelled_booking_stays_cancelled(before in inputs(), after in inputs()) {
            let last = states(&before).into_iter().next_back();
            if let Some(cancelled) = last.and_then(|last| last.apply(BookingInput::Cancelled)) {
                let mut state = cancelled.to;
                for input in after {
                    state = state.apply(input).map_or(state, |transition| transition.to);
                    prop_assert_eq!(state.status, BookingStatus::Cancelled);
                }
            }
        }

        #[test]
        fn a_repeated_input_changes_nothing(inputs in inputs(), again in prop::collection::vec(0_usize..25, 0..10)) {
            let mut repeated = inputs.clone();
            // A passed deadline is no message: the task finds it again once the payment that suspended it has failed.
            let again = again.into_iter().filter_map(|at| inputs.get(at));
            repeated.extend(again.filter(|input| **input != BookingInput::DeadlinePassed));
            prop_assert_eq!(states(&inputs), states(&repeated));
        }

        #[test]
        fn the_messages_of_a_successful_booking_lead_to_the_same_state_in_any_order(
            inputs in Just(vec![
                BookingInput::PaymentPending,
                BookingInput::PaymentCaptured,
                BookingInput::OrderConfirmed,
                BookingInput::OrderConfirmed,
            ]).prop_shuffle(),
        ) {
            let confirmed = BookingState {
                status: BookingStatus::Confirmed,
                payment: PaymentStatus::Paid,
                ..BookingState::INITIAL
            };
            prop_assert_eq!(states(&inputs).pop(), Some(confirmed));
        }
    }

    #[test]
    fn a_pending_payment_suspends_the_deadline() {
        let after_deadline = |inputs: &[BookingInput]| {
            let state = states(inputs).pop().unwrap();
            state.apply(BookingInput::DeadlinePassed).map(|transition| transition.to.status)
        };
        assert_eq!(after_deadline(&[]), Some(BookingStatus::Expired));
        let failed = [BookingInput::PaymentPending, BookingInput::PaymentFailed];
        assert_eq!(after_deadline(&failed), Some(BookingStatus::Expired));
        assert_eq!(after_deadline(&[BookingInput::PaymentPending]), None);
        assert_eq!(after_deadline(&[BookingInput::PaymentCaptured]), None);
        assert_eq!(after_deadline(&[BookingInput::OrderConfirmed]), None);
    }

    #[test]
    fn an_expired_order_expires_its_booking() {
        let Transition { to, timeline_state, has_ended, .. } =
            BookingState::INITIAL.apply(BookingInput::OrderFailed(Reason::Expired)).unwrap();
        assert_eq!((to.status, to.reason), (BookingStatus::Expired, Some(Reason::Expired)));
        assert_eq!((timeline_state, has_ended), (TimelineState::Expired, true));
    }

    #[test]
    fn a_confirmation_issues_the_tickets_and_a_cancellation_makes_them_void() {
        let confirmed = BookingState::INITIAL.apply(BookingInput::OrderConfirmed).unwrap();
        assert_eq!((confirmed.tickets, confirmed.has_ended), (Some(TicketEffect::Issue), true));
        let cancelled = confirmed.to.apply(BookingInput::Cancelled).unwrap();
        assert_eq!((cancelled.tickets, cancelled.has_ended), (Some(TicketEffect::Void), false));
        let pending = BookingState::INITIAL.apply(BookingInput::Cancelled).unwrap();
        assert_eq!((pending.tickets, pending.has_ended), (None, true));
    }
}
