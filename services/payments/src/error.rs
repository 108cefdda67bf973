//! The closed list of what payments refuses, and the code that each refusal has.

use boxoffice_chassis::{Code, Problem, codes};
use boxoffice_contracts::{BookingId, MoneyError};

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
    /// A customer names another user.
    #[error("a token lists its own payments only")]
    AnothersUser,
}

/// All codes of this service: it has none that are its own.
pub const CODES: &[&Code] = &[];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotFound(_) => &codes::NOT_FOUND,
            Refusal::AnothersUser => &codes::FORBIDDEN,
            Refusal::Amount(_) | Refusal::Negative(_) => &codes::INVALID,
        };
        Self::new(code, refusal.to_string())
    }
}
