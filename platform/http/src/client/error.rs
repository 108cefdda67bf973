use std::time::Duration;

use crate::{FieldError, Problem, codes};

/// Failure of a call to another service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The service refused the request; a repetition would be refused too.
    #[error("{service} refused with {status} {code}: {detail}")]
    Refused {
        /// Name of the called service.
        service: String,
        /// HTTP status of the response, 3xx or 4xx.
        status: u16,
        /// Code of the problem; empty when the body is not a problem document (RFC 9457).
        code: String,
        /// The `detail` of the problem, for people.
        detail: String,
        /// The invalid fields that the problem names.
        errors: Vec<FieldError>,
    },
    /// The service was not reached, or answered 503. The request had no effect.
    #[error("{service} is unavailable: {reason}")]
    Unavailable {
        /// Name of the called service.
        service: String,
        /// Description of the failure.
        reason: String,
        /// The retry delay that the service asked for; `None` when it asked for none.
        retry_after: Option<Duration>,
    },
    /// The call timed out, broke off, or was answered with a 5xx status other than 503. The request may have had its effect.
    #[error("the outcome of a call to {service} is unknown: {reason}")]
    OutcomeUnknown {
        /// Name of the called service.
        service: String,
        /// Description of the failure.
        reason: String,
    },
    /// The request succeeded, but its response is malformed.
    #[error("the response of {service} is malformed: {reason}")]
    Malformed {
        /// Name of the called service.
        service: String,
        /// Description of the failure.
        reason: String,
    },
}

/// The problem that a service sends to its own client when it has no special treatment for the failure.
impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unavailable { service, retry_after, .. } => {
                let problem = Self::new(&codes::UNAVAILABLE, format!("{service} is unavailable"));
                Self { retry_after, ..problem }
            }
            ClientError::OutcomeUnknown { service, .. } => Self::new(
                &codes::TIMEOUT,
                format!("{service} gave no usable response; the outcome of the request is unknown"),
            ),
            ClientError::Refused { .. } | ClientError::Malformed { .. } => Self::internal(error),
        }
    }
}
