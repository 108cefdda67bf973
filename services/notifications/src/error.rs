//! The closed list of what notifications refuses, and the code that each refusal has.

use boxoffice_contracts::{BookingId, NotificationId};
use boxoffice_http::{Code, Problem, codes};

/// Why notifications did not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such notification, or it is another's.
    #[error("there is no notification {0}")]
    NotFound(NotificationId),
    /// There is no such booking, or it is another's.
    #[error("there is no booking {0}")]
    NoBooking(BookingId),
    /// A customer names another user.
    #[error("a token lists its own notifications only")]
    AnothersUser,
}

/// All codes of this service: it refuses nothing that others do not refuse too.
pub const CODES: &[&Code] = &[];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotFound(_) | Refusal::NoBooking(_) => &codes::NOT_FOUND,
            Refusal::AnothersUser => &codes::FORBIDDEN,
        };
        Self::new(code, refusal.to_string())
    }
}
