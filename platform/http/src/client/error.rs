use std::time::Duration;

use crate::{FieldError, Problem, codes};

/// Why a service did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It refused, and would refuse again.
    #[error("{service} refused with {status} {code}: {detail}")]
    Refused {
        /// Its name.
        service: String,
        /// The HTTP status, 3xx or 4xx.
        status: u16,
        /// The code of its problem; empty when the answer was none.
        code: String,
        /// What happened, for a person to read.
        detail: String,
        /// The fields that were to blame.
        errors: Vec<FieldError>,
    },
    /// It was not reached, or said that it does nothing at present. Nothing was done.
    #[error("{service} is unavailable: {reason}")]
    Unavailable {
        /// Its name.
        service: String,
        /// What is wrong.
        reason: String,
        /// When it asks to be asked again.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or one that leaves open what was done.
    #[error("{service} left the outcome open: {reason}")]
    Unknown {
        /// Its name.
        service: String,
        /// What is wrong.
        reason: String,
    },
    /// It did what it was asked, and its answer cannot be read.
    #[error("the answer of {service} cannot be read: {reason}")]
    Malformed {
        /// Its name.
        service: String,
        /// What is wrong.
        reason: String,
    },
}

/// For a service's refusal that the caller did not foresee: what it forwards to its own client.
impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unavailable { service, retry_after, .. } => {
                let problem = Self::new(&codes::UNAVAILABLE, format!("{service} cannot be asked at present"));
                Self { retry_after, ..problem }
            }
            ClientError::Unknown { service, .. } => {
                Self::new(&codes::TIMEOUT, format!("{service} has not said what became of the request"))
            }
            ClientError::Refused { .. } | ClientError::Malformed { .. } => Self::internal(error),
        }
    }
}
