pub use boxoffice_contracts::events::Refund as RefundStatus;

use super::{EntryKind, NextCall};

/// An input of the state machine of refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundInput {
    /// The amount was captured and its order ended without tickets.
    Required,
    /// The provider reported that it gave the amount back.
    Done,
    /// The provider reported that it refuses the refund permanently.
    Failed,
    /// A call to the provider timed out or failed: the outcome is unknown.
    NoAnswer,
    /// An operator asks for the refund again after it failed.
    Retried,
}

/// The new status of a refund, and what the command has to do besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundTransition {
    /// The new status; it may equal the old one.
    pub to: RefundStatus,
    /// The entry to append to the history.
    pub entry: Option<EntryKind>,
    /// Whether to publish `PaymentRefunded`.
    pub publish: bool,
    /// When the provider is called next.
    pub next_call: NextCall,
}

/// The state machine of a refund. The status is a type of the contracts, because events carry it.
pub trait ApplyRefundInput: Sized {
    /// The transition that `input` causes; `None` when it changes nothing, because it is a repetition or comes too late.
    fn apply(self, input: RefundInput) -> Option<RefundTransition>;
}

impl ApplyRefundInput for RefundStatus {
    fn apply(self, input: RefundInput) -> Option<RefundTransition> {
        use RefundInput as Input;

        let (to, entry, next_call) = match (self, input) {
            (Self::None, Input::Required) | (Self::Failed, Input::Retried) => (Self::Pending, None, NextCall::Now),
            (Self::Pending, Input::Done) => (Self::Done, Some(EntryKind::Refunded), NextCall::Never),
            (Self::Pending, Input::Failed) => (Self::Failed, None, NextCall::Never),
            (Self::Pending, Input::NoAnswer) => (Self::Pending, None, NextCall::AfterDelay),
            _ => return None,
        };
        Some(RefundTransition { to, entry, publish: to != self, next_call })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(from: RefundStatus, input: RefundInput) -> Option<RefundStatus> {
        from.apply(input).map(|transition| transition.to)
    }

    #[test]
    fn a_refund_begins_once_and_is_done_once() {
        use RefundStatus::{Done, Failed, None as NotBegun, Pending};

        assert_eq!(to(NotBegun, RefundInput::Required), Some(Pending));
        for begun in [Pending, Done, Failed] {
            assert_eq!(to(begun, RefundInput::Required), None);
        }
        assert_eq!(to(Pending, RefundInput::Done), Some(Done));
        for other in [NotBegun, Done, Failed] {
            assert_eq!(to(other, RefundInput::Done), None);
        }
    }

    #[test]
    fn only_a_failed_refund_is_retried() {
        use RefundStatus::{Done, Failed, None as NotBegun, Pending};

        assert_eq!(to(Failed, RefundInput::Retried), Some(Pending));
        for other in [NotBegun, Pending, Done] {
            assert_eq!(to(other, RefundInput::Retried), None);
        }
    }

    #[test]
    fn a_call_without_an_answer_publishes_nothing() {
        let transition = RefundStatus::Pending.apply(RefundInput::NoAnswer).unwrap();
        assert_eq!((transition.to, transition.publish), (RefundStatus::Pending, false));
    }
}
