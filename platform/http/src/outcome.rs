//! Maps the outcome of a command to a response.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use boxoffice_writer::{ConditionalRefused, DeadLetterRefusal, Failure, IdempotentRefused};
use serde::Serialize;

use crate::{Problem, codes, extract::ETag};

/// The response header that marks the effect of an earlier request with the same `Idempotency-Key`.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// `Retry-After` of a busy or unavailable writer.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

impl<R: std::error::Error + Into<Self>> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Busy => Self::new(&codes::BUSY, "the queue of the writer is full").with_retry_after(RETRY_AFTER),
            Failure::Unavailable(why) => {
                tracing::warn!(why, "a change could not be saved");
                Self::new(&codes::UNAVAILABLE, "the change could not be saved; it had no effect")
                    .with_retry_after(RETRY_AFTER)
            }
            // Not `unavailable`, which promises that the request had no effect.
            Failure::Unknown => Self::new(
                &codes::TIMEOUT,
                "the service stopped before the outcome was known: repeat the request with its Idempotency-Key",
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
                Self::new(&codes::KEY_REUSED, "this Idempotency-Key was used with another body")
            }
            IdempotentRefused::Refused(refusal) => refusal.into(),
        }
    }
}

impl<R: std::error::Error + Into<Self>> From<ConditionalRefused<R>> for Problem {
    fn from(refused: ConditionalRefused<R>) -> Self {
        match refused {
            ConditionalRefused::Changed(Some(version)) => Self::new(
                &codes::PRECONDITION_FAILED,
                format!("the resource has changed: its ETag is {}", ETag(version)),
            ),
            ConditionalRefused::Changed(None) => Self::new(&codes::PRECONDITION_FAILED, "the resource does not exist"),
            ConditionalRefused::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<DeadLetterRefusal> for Problem {
    fn from(refused: DeadLetterRefusal) -> Self {
        match refused {
            // To the caller both mean that another operator has already replayed or discarded the message.
            DeadLetterRefusal::NotFound | DeadLetterRefusal::NotDeadLettered => {
                Self::new(&codes::NOT_FOUND, "no dead letter has this id")
            }
        }
    }
}

impl From<boxoffice_database::Error> for Problem {
    fn from(error: boxoffice_database::Error) -> Self {
        match error {
            boxoffice_database::Error::Retryable(_) => {
                Self::new(&codes::BUSY, "the queue of database reads is full").with_retry_after(RETRY_AFTER)
            }
            other => Self::internal(other),
        }
    }
}

/// The response 201 with the header `Location`. `replayed` adds `Idempotency-Replayed`: an earlier request with the same
/// key created the resource.
///
/// # Panics
/// If `location` contains characters that a header cannot have.
pub fn created(location: &str, replayed: bool, body: &impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let location = HeaderValue::from_str(location).expect("a path of ids is visible ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
