use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{BookingId, Currency, Decimal, OrganizerId, Reason, as_text};

pub(super) const TOPIC: &str = "payment-events";

crate::string_enum::string_enum! {
    /// Progress of the refund of a booking that ended without tickets. It only moves forward, except that a failed
    /// refund may return to pending when it is requested again.
    Refund {
        /// No refund: nothing was captured, or the booking keeps its tickets.
        None = "none",
        /// Payments is requesting the refund from the provider.
        Pending = "pending",
        /// The provider refunded the whole captured amount.
        Done = "done",
        /// The provider refused the refund; an operator must resolve it.
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

/// Final outcome of an order's payment. Published once for each order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProcessed {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// True when the amount was captured, and for a free order, which involves no provider.
    pub success: bool,
    /// Amount that was to be captured.
    pub amount: Decimal,
    /// Currency of the amount.
    pub currency: Currency,
    /// Id of the payment at the provider; absent for a free order and when the provider has no record of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// `declined` by the provider, or `expired` when the deadline passed; absent on success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Outcome as an English sentence.
    pub message: String,
    /// Id of the organizer who sells the tickets.
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

/// The payment provider has not answered yet. Payments polls it until the outcome is known; the seats stay held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentPending {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Status as an English sentence.
    pub message: String,
    /// Id of the organizer who sells the tickets.
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

/// The refund of an order changed its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRefunded {
    /// Id of the order; equal to the id of its booking.
    pub order_id: BookingId,
    /// Refunded amount: everything that was captured.
    pub amount: Decimal,
    /// Currency of the amount.
    pub currency: Currency,
    /// Id of the refund at the provider; absent until the provider has accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// New status of the refund.
    pub refund: Refund,
    /// Id of the organizer who sells the tickets.
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
