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
