use std::time::Duration;

use crate::{FieldError, Problem, codes};

/// The failure of a call to another service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The service refused the request. A retry would be refused as well.
    #[error("{service} refused with {status} {code}: {detail}")]
    Refused {
        /// The name of the called service.
        service: String,
        /// The HTTP status, 3xx or 4xx.
        status: u16,
        /// The code of the problem; empty if the body was not a problem.
        code: String,
        /// The human-readable detail of the problem.
        detail: String,
        /// The invalid fields of the request.
        errors: Vec<FieldError>,
    },
    /// The service was not reached, or is busy or unavailable. The request had no effect.
    #[error("{service} is unavailable: {reason}")]
    Unavailable {
        /// The name of the called service.
        service: String,
        /// The cause, for logs.
        reason: String,
        /// The time after which to retry; `None` if the service did not send `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// No response, or one that does not tell whether the request had an effect.
    #[error("the outcome of a request to {service} is unknown: {reason}")]
    Unknown {
        /// The name of the called service.
        service: String,
        /// The cause, for logs.
        reason: String,
    },
    /// The request succeeded, but the body of the response does not have the expected type.
    #[error("the response of {service} is malformed: {reason}")]
    Malformed {
        /// The name of the called service.
        service: String,
        /// The cause, for logs.
        reason: String,
    },
}

/// The problem that a service forwards to its own client when it does not handle the failure itself.
impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unavailable { service, retry_after, .. } => {
                let problem = Self::new(&codes::UNAVAILABLE, format!("the service {service} is unavailable"));
                Self { retry_after, ..problem }
            }
            ClientError::Unknown { service, .. } => {
                Self::new(&codes::TIMEOUT, format!("the outcome of a request to the service {service} is unknown"))
            }
            ClientError::Refused { .. } | ClientError::Malformed { .. } => Self::internal(error),
        }
    }
}
