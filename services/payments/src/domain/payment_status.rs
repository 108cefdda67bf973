use boxoffice_contracts::Reason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EntryKind, NextCall, PaymentOutcome};

/// The status of a payment. `requested` and `pending` lead to one of the others, which are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentStatus {
    /// Payments asks the provider for the amount; no call has failed yet.
    Requested,
    /// At least one call to the provider had no answer; payments repeats it.
    Pending,
    /// The provider took the amount from the customer.
    Captured,
    /// The provider refused to take the amount.
    Declined,
    /// The deadline passed without an outcome, and the provider cancelled the charge.
    Expired,
    /// The order ended first, and the provider cancelled the charge.
    Cancelled,
    /// The order costs nothing.
    Free,
    /// The order ended before its seats were reserved, so payments never asks for the amount.
    NotRequested,
}

/// An input of the state machine of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentInput {
    /// The provider reported that it took the amount.
    Captured {
        /// Whether the order has ended without tickets.
        order_ended: bool,
    },
    /// The provider reported that it refused to take the amount.
    Declined,
    /// The provider reported that it cancelled the charge.
    Cancelled {
        /// Whether the order has ended without tickets; otherwise the deadline has passed.
        order_ended: bool,
    },
    /// A call to the provider timed out or failed: the outcome is unknown.
    NoAnswer,
    /// The order ended without tickets.
    OrderEnded,
}

/// An event that reports the status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// `PaymentPending`: the provider does not answer.
    Pending,
    /// `PaymentProcessed`: the outcome is known. Published once for each payment.
    Processed,
}

/// The new status of a payment, and what the command has to do besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentTransition {
    /// The new status; it may equal the old one.
    pub to: PaymentStatus,
    /// The entry to append to the history.
    pub entry: Option<EntryKind>,
    /// The event to publish.
    pub event: Option<PaymentEvent>,
    /// Whether the captured amount must be refunded.
    pub refund: bool,
    /// When the provider is called next.
    pub next_call: NextCall,
}

impl PaymentStatus {
    /// The first transition of a payment, when the seats of its order are reserved. A free order needs no provider.
    pub const fn opened(is_free: bool) -> PaymentTransition {
        if is_free {
            let (entry, event) = (Some(EntryKind::Free), Some(PaymentEvent::Processed));
            return PaymentTransition { to: Self::Free, entry, event, refund: false, next_call: NextCall::Never };
        }
        let (entry, next_call) = (Some(EntryKind::Intent), NextCall::Now);
        PaymentTransition { to: Self::Requested, entry, event: None, refund: false, next_call }
    }

    /// The transition that `input` causes; `None` when it changes nothing, because it is a repetition or comes too late.
    ///
    /// A provider that reported no charge may still report a capture later: the amount is refunded then, and the status,
    /// which payments has published, stays.
    pub fn apply(self, input: PaymentInput) -> Option<PaymentTransition> {
        use PaymentInput as Input;

        let settled = |to, entry, refund| {
            let event = self.is_open().then_some(PaymentEvent::Processed);
            Some(PaymentTransition { to, entry: Some(entry), event, refund, next_call: NextCall::Never })
        };
        let silent =
            |to, event, refund, next_call| Some(PaymentTransition { to, entry: None, event, refund, next_call });
        match (self, input) {
            (Self::Requested | Self::Pending, Input::Captured { order_ended }) => {
                settled(Self::Captured, EntryKind::Captured, order_ended)
            }
            (Self::Requested | Self::Pending, Input::Declined) => settled(Self::Declined, EntryKind::Declined, false),
            (Self::Requested | Self::Pending, Input::Cancelled { order_ended: true }) => {
                settled(Self::Cancelled, EntryKind::Cancelled, false)
            }
            (Self::Requested | Self::Pending, Input::Cancelled { order_ended: false }) => {
                settled(Self::Expired, EntryKind::Expired, false)
            }
            (Self::Declined | Self::Expired | Self::Cancelled, Input::Captured { .. }) => {
                settled(self, EntryKind::Captured, true)
            }
            (Self::Requested, Input::NoAnswer) => {
                silent(Self::Pending, Some(PaymentEvent::Pending), false, NextCall::AfterDelay)
            }
            (Self::Pending, Input::NoAnswer) => silent(self, None, false, NextCall::AfterDelay),
            (Self::Requested | Self::Pending, Input::OrderEnded) => silent(self, None, false, NextCall::Now),
            (Self::Captured, Input::OrderEnded) => silent(self, None, true, NextCall::Never),
            _ => None,
        }
    }

    /// Whether the outcome is still unknown.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Pending)
    }

    /// Why the provider took nothing; `None` when it took the amount, may still take it, or had nothing to take.
    /// `order_ended` is why the order ended without tickets.
    pub fn reason(self, order_ended: Option<Reason>) -> Option<Reason> {
        match self {
            Self::Declined => Some(Reason::Declined),
            Self::Expired => Some(Reason::Expired),
            Self::Cancelled => Some(order_ended.unwrap_or(Reason::Cancelled)),
            Self::Requested | Self::Pending | Self::Captured | Self::Free | Self::NotRequested => None,
        }
    }

    /// The word for this status in tables, in JSON and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Free => "free",
            Self::NotRequested => "not-requested",
        }
    }
}

impl PaymentInput {
    /// The input that `outcome` is for a payment. `order_ended`: whether its order has ended without tickets.
    pub const fn of(outcome: &PaymentOutcome, order_ended: bool) -> Self {
        match outcome {
            PaymentOutcome::Captured { .. } => Self::Captured { order_ended },
            PaymentOutcome::Declined => Self::Declined,
            PaymentOutcome::Cancelled => Self::Cancelled { order_ended },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [PaymentStatus; 8] = [
        PaymentStatus::Requested,
        PaymentStatus::Pending,
        PaymentStatus::Captured,
        PaymentStatus::Declined,
        PaymentStatus::Expired,
        PaymentStatus::Cancelled,
        PaymentStatus::Free,
        PaymentStatus::NotRequested,
    ];

    const INPUTS: [PaymentInput; 7] = [
        PaymentInput::Captured { order_ended: false },
        PaymentInput::Captured { order_ended: true },
        PaymentInput::Declined,
        PaymentInput::Cancelled { order_ended: false },
        PaymentInput::Cancelled { order_ended: true },
        PaymentInput::NoAnswer,
        PaymentInput::OrderEnded,
    ];

    #[test]
    fn a_final_status_never_changes() {
        for status in ALL.into_iter().filter(|status| !status.is_open()) {
            for input in INPUTS {
                assert!(status.apply(input).is_none_or(|transition| transition.to == status), "{status:?} {input:?}");
            }
        }
    }

    #[test]
    fn the_outcome_is_published_when_the_status_becomes_final_and_at_no_other_time() {
        for status in ALL {
            for transition in INPUTS.into_iter().filter_map(|input| status.apply(input)) {
                let becomes_final = status.is_open() && !transition.to.is_open();
                let publishes = transition.event == Some(PaymentEvent::Processed);
                assert_eq!(publishes, becomes_final, "{status:?} {transition:?}");
            }
        }
    }

    #[test]
    fn the_word_of_a_status_is_the_one_in_tables_and_json() {
        for status in ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
