//! How the outcome of a command becomes an answer.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use boxoffice_writer::{ConditionalRefused, DeadLetterRefusal, Failure, IdempotentRefused};
use serde::Serialize;

use crate::{Problem, codes, extract::ETag};

/// Says that the effect is that of an earlier request with the same `Idempotency-Key`.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long a client should wait when there was too much to do, in seconds.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

impl<R: std::error::Error + Into<Self>> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Busy => Self::new(&codes::BUSY, "too much work waits already").with_retry_after(RETRY_AFTER),
            Failure::Unavailable(why) => {
                tracing::warn!(why, "a change could not be kept");
                Self::new(&codes::UNAVAILABLE, "changes cannot be kept now; nothing was changed")
                    .with_retry_after(RETRY_AFTER)
            }
            // Not `unavailable`, which promises that nothing was done.
            Failure::Unknown => Self::new(
                &codes::TIMEOUT,
                "the service ended before it could answer: repeat the request with its Idempotency-Key",
            )
            .with_retry_after(RETRY_AFTER),
            Failure::Internal(why) => Self::internal(why),
        }
    }
}

impl<R: std::error::Error + Into<Self>> From<IdempotentRefused<R>> for Problem {
    fn from(refused: IdempotentRefused<R>) -> Self {
        match refused {
            IdempotentRefused::KeyReused => {
                Self::new(&codes::KEY_REUSED, "this Idempotency-Key was used with another body before")
            }
            IdempotentRefused::Refused(refusal) => refusal.into(),
        }
    }
}

impl<R: std::error::Error + Into<Self>> From<ConditionalRefused<R>> for Problem {
    fn from(refused: ConditionalRefused<R>) -> Self {
        match refused {
            ConditionalRefused::Changed(Some(version)) => {
                Self::new(&codes::PRECONDITION_FAILED, format!("it was changed since: its ETag is {}", ETag(version)))
            }
            ConditionalRefused::Changed(None) => {
                Self::new(&codes::PRECONDITION_FAILED, "there is nothing to be changed")
            }
            ConditionalRefused::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<DeadLetterRefusal> for Problem {
    fn from(refused: DeadLetterRefusal) -> Self {
        match refused {
            // Whoever looks for parked messages has no use for the difference: somebody else has decided.
            DeadLetterRefusal::NotFound | DeadLetterRefusal::NotDeadLettered => {
                Self::new(&codes::NOT_FOUND, "there is no such parked message")
            }
        }
    }
}

impl From<boxoffice_database::Error> for Problem {
    fn from(error: boxoffice_database::Error) -> Self {
        match error {
            boxoffice_database::Error::Retryable(_) => {
                Self::new(&codes::BUSY, "too many reads are waiting").with_retry_after(RETRY_AFTER)
            }
            other => Self::internal(other),
        }
    }
}

/// 201 with the place of what was made, and whether an earlier request made it.
///
/// # Panics
/// When `location` has characters that a header cannot have.
pub fn created(location: &str, replayed: bool, body: &impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let location = HeaderValue::from_str(location).expect("a path of ids is visible ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
