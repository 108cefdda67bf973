use std::time::Duration;

use crate::{FieldError, Problem, codes};

/// Why a peer did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// It refused, and would refuse again.
    #[error("{peer} refused with {status} {code}: {detail}")]
    Refused {
        /// Its name.
        peer: String,
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
    #[error("{peer} is unavailable: {reason}")]
    Unavailable {
        /// Its name.
        peer: String,
        /// What is wrong.
        reason: String,
        /// When it asks to be asked again.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or one that leaves open what was done.
    #[error("{peer} left the outcome open: {reason}")]
    Unknown {
        /// Its name.
        peer: String,
        /// What is wrong.
        reason: String,
    },
    /// It did what it was asked, and its answer cannot be read.
    #[error("the answer of {peer} cannot be read: {reason}")]
    Malformed {
        /// Its name.
        peer: String,
        /// What is wrong.
        reason: String,
    },
}

/// For a peer's refusal that the caller did not foresee: what it forwards to its own client.
impl From<PeerError> for Problem {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::Unavailable { peer, retry_after, .. } => {
                let problem = Self::new(&codes::UNAVAILABLE, format!("{peer} cannot be asked at present"));
                Self { retry_after, ..problem }
            }
            PeerError::Unknown { peer, .. } => {
                Self::new(&codes::TIMEOUT, format!("{peer} has not said what became of the request"))
            }
            PeerError::Refused { .. } | PeerError::Malformed { .. } => Self::internal(error),
        }
    }
}
