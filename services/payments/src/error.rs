//! The closed list of what payments refuses, and the code that each refusal has.

use boxoffice_contracts::{BookingId, MoneyError};
use boxoffice_http::{Code, Problem, codes};

/// Why payments did not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What the order comes to is no amount of its currency.
    #[error(transparent)]
    Amount(#[from] MoneyError),
    /// Less than nothing is to be paid.
    #[error("{0} minor units cannot be charged")]
    Negative(i64),
    /// There is no payment for the order, or it is another's.
    #[error("there is no payment for order {0}")]
    NotFound(BookingId),
    /// Nothing is to be given back.
    #[error("nothing is to be given back for order {0}")]
    NothingToRefund(BookingId),
    /// A customer names another user.
    #[error("a token lists its own payments only")]
    AnothersUser,
}

/// An order whose money is not to be given back.
pub const NOTHING_TO_REFUND: Code = Code {
    code: "nothing-to-refund",
    status: 409,
    title: "Nothing to refund",
    about: "Nothing was captured for this order, or it has not ended: what was paid is given back by itself when an order \
            ends without tickets. Cancel the booking first.",
};

/// All codes of this service.
pub const CODES: &[&Code] = &[&NOTHING_TO_REFUND];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotFound(_) => &codes::NOT_FOUND,
            Refusal::NothingToRefund(_) => &NOTHING_TO_REFUND,
            Refusal::AnothersUser => &codes::FORBIDDEN,
            Refusal::Amount(_) | Refusal::Negative(_) => &codes::INVALID,
        };
        Self::new(code, refusal.to_string())
    }
}
