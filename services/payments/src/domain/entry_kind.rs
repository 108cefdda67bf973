use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The kind of an entry in the history of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// Payments will ask the provider for the amount.
    Intent,
    /// The order costs nothing; payments does not call the provider.
    Free,
    /// The provider refused to take the amount.
    Declined,
    /// The deadline passed without an outcome, and the provider cancelled the charge.
    Expired,
    /// The order ended first, and the provider cancelled the charge.
    Cancelled,
    /// The provider took the amount from the customer.
    Captured,
    /// The provider gave the amount back to the customer.
    Refunded,
}

impl EntryKind {
    /// The number of the entry within its payment. Kinds that exclude each other share a number, so the primary key of the
    /// entries refuses a second capture, a second refund and a second end.
    pub const fn number(self) -> i64 {
        match self {
            Self::Intent | Self::Free => 1,
            Self::Declined | Self::Expired | Self::Cancelled => 2,
            Self::Captured => 3,
            Self::Refunded => 4,
        }
    }
}
