//! The refusals of this service and their error codes.

use boxoffice_contracts::{BookingId, NotificationId};
use boxoffice_http::{Code, Problem, codes};

/// Why notifications refuses a request. A refused command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The notification does not exist, or the caller may not see it.
    #[error("there is no notification {0}")]
    NotFound(NotificationId),
    /// The booking does not exist, or the caller may not see it.
    #[error("there is no booking {0}")]
    NoBooking(BookingId),
}

/// All error codes that this service adds to the shared ones.
pub const CODES: &[&Code] = &[];

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotFound(_) | Refusal::NoBooking(_) => &codes::NOT_FOUND,
        };
        Self::new(code, refusal.to_string())
    }
}
