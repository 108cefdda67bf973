use boxoffice_contracts::{Reason, events::Refund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Milestone;

/// Where a booking stands. `PENDING` is left for one of the others; of these only `CONFIRMED` is left, by a
/// cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = BookingStatus)]
pub enum Status {
    /// Its seats are held or being claimed, its payment is under way.
    Pending,
    /// Paid, and the seats are sold: there are tickets.
    Confirmed,
    /// It ended without tickets.
    Failed,
    /// Nobody paid in time.
    Expired,
    /// A person called it off; its tickets, if there were any, are void. Nothing that is heard changes this.
    Cancelled,
}

impl Status {
    /// Whether it has ended; a confirmed booking may still be cancelled.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending)
    }

    /// In one word, for metrics and hints.
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

/// What was heard of a booking's payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Payment {
    /// Nothing yet.
    None,
    /// The provider is silent. Payments keeps the time.
    Pending,
    /// The amount is captured.
    Paid,
    /// It is not, and will not be.
    Failed,
}

/// How far a booking has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Where it stands.
    pub status: Status,
    /// Why it ended without tickets.
    pub reason: Option<Reason>,
    /// What was heard of its payment.
    pub payment: Payment,
    /// How far giving the money back has come.
    pub refund: Refund,
}

/// What happens to a booking, or is heard about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Its order is confirmed.
    Confirmed,
    /// Its order has failed.
    Failed(Reason),
    /// A person called it off.
    Cancelled,
    /// Its deadline has passed.
    Overdue,
    /// The payment provider is silent.
    PaymentPending,
    /// The amount is captured.
    Paid,
    /// It is not, and will not be.
    NotPaid,
    /// Giving the money back has come so far.
    Refund(Refund),
}

impl Turn {
    /// What the timeline shows of it.
    pub const fn milestone(self) -> Milestone {
        match self {
            Self::Confirmed => Milestone::Confirmed,
            Self::Failed(Reason::Expired) | Self::Overdue => Milestone::Expired,
            Self::Failed(_) => Milestone::Failed,
            Self::Cancelled => Milestone::Cancelled,
            Self::PaymentPending => Milestone::PaymentPending,
            Self::Paid => Milestone::Paid,
            Self::NotPaid => Milestone::NotPaid,
            Self::Refund(Refund::None | Refund::Pending) => Milestone::RefundPending,
            Self::Refund(Refund::Done) => Milestone::RefundDone,
            Self::Refund(Refund::Failed) => Milestone::RefundFailed,
        }
    }
}

impl Course {
    /// Of a booking that was just placed.
    pub const OPEN: Self = Self { status: Status::Pending, reason: None, payment: Payment::None, refund: Refund::None };

    /// What `turn` makes of it; none when it changes nothing, because it comes twice or too late.
    pub fn after(self, turn: Turn) -> Option<Self> {
        match turn {
            Turn::Confirmed => (!self.status.is_final()).then_some(Self { status: Status::Confirmed, ..self }),
            Turn::Failed(Reason::Expired) => self.ended(Status::Expired, Reason::Expired),
            Turn::Failed(reason) => self.ended(Status::Failed, reason),
            Turn::Cancelled => {
                let open = matches!(self.status, Status::Pending | Status::Confirmed);
                open.then_some(Self { status: Status::Cancelled, reason: Some(Reason::Cancelled), ..self })
            }
            Turn::Overdue if self.may_expire() => self.ended(Status::Expired, Reason::Expired),
            Turn::Overdue => None,
            Turn::PaymentPending => {
                (self.payment == Payment::None).then_some(Self { payment: Payment::Pending, ..self })
            }
            Turn::Paid => self.paid(Payment::Paid),
            Turn::NotPaid => self.paid(Payment::Failed),
            Turn::Refund(heard) => {
                (refund_rank(heard) > refund_rank(self.refund)).then_some(Self { refund: heard, ..self })
            }
        }
    }

    /// Whether its deadline counts: once a payment is under way, payments keeps the time, and once it is paid the
    /// tickets follow.
    fn may_expire(self) -> bool {
        matches!(self.payment, Payment::None | Payment::Failed)
    }

    fn ended(self, status: Status, reason: Reason) -> Option<Self> {
        (!self.status.is_final()).then_some(Self { status, reason: Some(reason), ..self })
    }

    fn paid(self, payment: Payment) -> Option<Self> {
        matches!(self.payment, Payment::None | Payment::Pending).then_some(Self { payment, ..self })
    }
}

/// A refund that failed is shown as failed until it is done, though it be asked for again: that way the same is shown
/// whatever the order of what is heard.
const fn refund_rank(refund: Refund) -> u8 {
    match refund {
        Refund::None => 0,
        Refund::Pending => 1,
        Refund::Failed => 2,
        Refund::Done => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turn() -> impl Strategy<Value = Turn> {
        prop::sample::select(vec![
            Turn::Confirmed,
            Turn::Failed(Reason::Declined),
            Turn::Failed(Reason::Expired),
            Turn::Cancelled,
            Turn::Overdue,
            Turn::PaymentPending,
            Turn::Paid,
            Turn::NotPaid,
            Turn::Refund(Refund::Pending),
            Turn::Refund(Refund::Failed),
            Turn::Refund(Refund::Done),
        ])
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        prop::collection::vec(turn(), 0..25)
    }

    /// The courses that a booking has had, the first one first.
    fn courses(turns: &[Turn]) -> Vec<Course> {
        let mut courses = vec![Course::OPEN];
        for turn in turns {
            courses.extend(courses[courses.len() - 1].after(*turn));
        }
        courses
    }

    fn payment_rank(payment: Payment) -> u8 {
        match payment {
            Payment::None => 0,
            Payment::Pending => 1,
            Payment::Paid | Payment::Failed => 2,
        }
    }

    proptest! {
        /// Whatever is heard in whatever order, nothing goes back, and of the final states only CONFIRMED is left.
        #[test]
        fn nothing_goes_back(turns in turns()) {
            for pair in courses(&turns).windows(2) {
                let (before, after) = (pair[0], pair[1]);
                prop_assert_ne!(before, after, "what changes nothing is none");
                let legal = before.status == after.status
                    || before.status == Status::Pending
                    || (before.status, after.status) == (Status::Confirmed, Status::Cancelled);
                prop_assert!(legal, "{before:?} -> {after:?}");
                prop_assert!(refund_rank(before.refund) <= refund_rank(after.refund));
                prop_assert!(before.payment == after.payment
                    || payment_rank(before.payment) < payment_rank(after.payment));
            }
        }

        #[test]
        fn a_reason_is_there_for_exactly_the_ends_without_tickets(turns in turns()) {
            for course in courses(&turns) {
                let ended = matches!(course.status, Status::Failed | Status::Expired | Status::Cancelled);
                prop_assert_eq!(course.reason.is_some(), ended, "{:?}", course);
            }
        }

        #[test]
        fn cancelled_stays_cancelled(before in turns(), after in turns()) {
            let cancelled = courses(&before).into_iter().next_back().and_then(|last| last.after(Turn::Cancelled));
            if let Some(mut course) = cancelled {
                for turn in after {
                    course = course.after(turn).unwrap_or(course);
                    prop_assert_eq!(course.status, Status::Cancelled);
                }
            }
        }

        #[test]
        fn repetition_changes_nothing(turns in turns(), again in prop::collection::vec(0_usize..25, 0..10)) {
            let mut repeated = turns.clone();
            // Overdue is no message: the same deadline may be found again after what made it wait has failed.
            repeated.extend(again.into_iter().filter_map(|at| turns.get(at)).filter(|turn| **turn != Turn::Overdue));
            prop_assert_eq!(courses(&turns), courses(&repeated));
        }

        /// What a booking that succeeds hears leads to the same course in any order.
        #[test]
        fn success_is_one_course(
            turns in Just(vec![Turn::PaymentPending, Turn::Paid, Turn::Confirmed, Turn::Confirmed]).prop_shuffle(),
        ) {
            let last = courses(&turns).pop();
            let confirmed = Course { status: Status::Confirmed, payment: Payment::Paid, ..Course::OPEN };
            prop_assert_eq!(last, Some(confirmed));
        }
    }

    #[test]
    fn a_deadline_waits_for_payments() {
        let overdue = |turns: &[Turn]| {
            let course = courses(turns).pop().expect("there is the first");
            course.after(Turn::Overdue).map(|course| course.status)
        };
        assert_eq!(overdue(&[]), Some(Status::Expired));
        assert_eq!(overdue(&[Turn::PaymentPending, Turn::NotPaid]), Some(Status::Expired));
        assert_eq!(overdue(&[Turn::PaymentPending]), None);
        assert_eq!(overdue(&[Turn::Paid]), None);
        assert_eq!(overdue(&[Turn::Confirmed]), None);
    }

    #[test]
    fn an_order_that_failed_because_of_the_time_expires_its_booking() {
        let ended = Course::OPEN.after(Turn::Failed(Reason::Expired)).expect("it was open");
        assert_eq!((ended.status, ended.reason), (Status::Expired, Some(Reason::Expired)));
    }
}
