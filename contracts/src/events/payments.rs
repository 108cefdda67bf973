use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, OrganizerId, Reason, as_text};

pub(super) const TOPIC: &str = "payment-events";

crate::words::words! {
    /// What became of the money of a booking that ended without tickets. It moves forward only, but that a failed
    /// refund may be asked for again.
    Refund {
        /// Nothing was captured, or nothing is to be given back.
        None = "none",
        /// It is being asked for.
        Pending = "pending",
        /// The provider has given everything back.
        Done = "done",
        /// The provider refused; a person has to look at it.
        Failed = "failed",
    }
}

impl Refund {
    /// Whether this status replaces `known`. A failed refund stays failed until it is done, although it may be requested
    /// again, so that the status does not depend on the order of the messages.
    pub const fn supersedes(self, known: Self) -> bool {
        self.rank() > known.rank()
    }

    const fn rank(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Pending => 1,
            Self::Failed => 2,
            Self::Done => 3,
        }
    }
}

/// The outcome of a payment is known. Said once for each order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProcessed {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// Whether the amount was captured. True for a free order, which no provider hears of.
    pub success: bool,
    /// What was to be paid.
    pub amount: Decimal,
    /// Of the amount.
    pub currency: Currency,
    /// The payment's id at the provider, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Why not: `declined`, or `expired` past the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The same for people.
    pub message: String,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for PaymentProcessed {
    const KIND: &'static str = "PaymentProcessedEvent";
    const SOURCE: &'static str = "payments";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// The payment provider has not answered; it is asked until the outcome is known, and the seats stay taken meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentPending {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// What is waited for, for people.
    pub message: String,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for PaymentPending {
    const KIND: &'static str = "PaymentPendingEvent";
    const SOURCE: &'static str = "payments";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

/// How far giving money back has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRefunded {
    /// Which order; the booking's id.
    pub order_id: BookingId,
    /// What is given back: all that was captured.
    pub amount: Decimal,
    /// Of the amount.
    pub currency: Currency,
    /// The refund's id at the provider, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Its state.
    pub refund: Refund,
    /// Who sells.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub organizer_id: OrganizerId,
}

impl Event for PaymentRefunded {
    const KIND: &'static str = "PaymentRefundedEvent";
    const SOURCE: &'static str = "payments";
    fn key(&self) -> Uuid {
        self.order_id.get()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_final_refund_status_does_not_depend_on_the_order_of_messages(
            mut statuses in prop::collection::vec(
                prop::sample::select(vec![Refund::Pending, Refund::Failed, Refund::Done]), 1..10
            ),
        ) {
            let last = |statuses: &[Refund]| {
                statuses.iter().fold(Refund::None, |known, next| if next.supersedes(known) { *next } else { known })
            };
            let expected = last(&statuses);
            statuses.reverse();
            prop_assert_eq!(last(&statuses), expected);
            prop_assert_eq!(expected == Refund::Done, statuses.contains(&Refund::Done));
        }
    }
}
