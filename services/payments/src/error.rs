//! The refusals of this service and their error codes.

use boxoffice_contracts::{BookingId, MoneyError};
use boxoffice_http::{Code, Problem, codes};

/// Why payments refuses a request or a message. A refused command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The amount does not fit its currency, or is too large.
    #[error(transparent)]
    Amount(#[from] MoneyError),
    /// The amount is less than zero.
    #[error("{0} minor units cannot be charged")]
    Negative(i64),
    /// The order has no payment, or the caller may not see it.
    #[error("there is no payment for order {0}")]
    NotFound(BookingId),
    /// The payment has no refund that could be asked for again.
    #[error("order {0} has nothing to refund")]
    NothingToRefund(BookingId),
}

/// The code of a request to refund an order that has nothing to refund.
pub const NOTHING_TO_REFUND: Code = Code {
    code: "nothing-to-refund",
    status: 409,
    title: "Nothing to refund",
    about: "Nothing was captured for this order, or the order has not ended. Payments refunds a captured amount without a \
            request when its order ends without tickets. Cancel the booking first.",
};

/// All error codes that this service adds to the shared ones.
pub const CODES: &[&Code] = &[&NOTHING_TO_REFUND];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotFound(_) => &codes::NOT_FOUND,
            Refusal::NothingToRefund(_) => &NOTHING_TO_REFUND,
            Refusal::Amount(_) | Refusal::Negative(_) => &codes::INVALID,
        };
        Self::new(code, refusal.to_string())
    }
}
