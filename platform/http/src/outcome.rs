//! Converts outcomes of commands into responses.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use boxoffice_writer::{ConditionalRefused, DeadLetterRefusal, Failure, IdempotentRefused};
use serde::Serialize;

use crate::{Problem, codes, extract::ETag};

/// The header that marks the response to a repeated request with the same `Idempotency-Key`.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The `Retry-After` of an overloaded service.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

impl<R: std::error::Error + Into<Self>> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Busy => Self::new(&codes::BUSY, "the queue of the service is full").with_retry_after(RETRY_AFTER),
            Failure::Unavailable(why) => {
                tracing::warn!(why, "a change could not be committed");
                Self::new(&codes::UNAVAILABLE, "changes cannot be committed at present; nothing was changed")
                    .with_retry_after(RETRY_AFTER)
            }
            // Not `unavailable`, which guarantees that the request had no effect.
            Failure::Unknown => Self::new(
                &codes::TIMEOUT,
                "the service stopped before it could answer: repeat the request with its Idempotency-Key",
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
            ConditionalRefused::Changed(Some(version)) => Self::new(
                &codes::PRECONDITION_FAILED,
                format!("the resource has changed: its ETag is now {}", ETag(version)),
            ),
            ConditionalRefused::Changed(None) => Self::new(&codes::PRECONDITION_FAILED, "the resource does not exist"),
            ConditionalRefused::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<DeadLetterRefusal> for Problem {
    fn from(refused: DeadLetterRefusal) -> Self {
        match refused {
            // In both cases another operator has decided already.
            DeadLetterRefusal::NotFound | DeadLetterRefusal::NotDeadLettered => {
                Self::new(&codes::NOT_FOUND, "no such dead letter")
            }
        }
    }
}

impl From<boxoffice_database::Error> for Problem {
    fn from(error: boxoffice_database::Error) -> Self {
        match error {
            boxoffice_database::Error::Retryable(_) => {
                Self::new(&codes::BUSY, "the read queue of the service is full").with_retry_after(RETRY_AFTER)
            }
            other => Self::internal(other),
        }
    }
}

/// The response 201 with the `location` of the created resource, marked when an earlier request created it.
///
/// # Panics
/// When `location` has characters that are invalid in a header.
pub fn created(location: &str, replayed: bool, body: &impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let location = HeaderValue::from_str(location).expect("a path of ids is visible ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
