use std::ops::Deref;

use axum::{
    extract::{FromRequestParts, Path as AxumPath, RawPathParams, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::{
    Problem,
    codes::{self, field},
};

/// The path parameters of the route. A malformed id is refused with 400 and the name of the parameter.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let rejection = match AxumPath::from_request_parts(parts, state).await {
            Ok(AxumPath(_)) if parts.uri.path().contains("%00") => {
                return Err(Problem::new(&codes::INVALID, "the path contains the character U+0000"));
            }
            Ok(AxumPath(value)) => return Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(rejection)) => rejection,
            Err(other) => return Err(Problem::internal(other)),
        };
        let names = names(parts, state).await;
        let nth = |at: usize| names.get(at).cloned().unwrap_or_default();
        Err(match rejection.into_kind() {
            ErrorKind::ParseErrorAtKey { key, expected_type, .. } => malformed(key, expected_type),
            ErrorKind::ParseErrorAtIndex { index, expected_type, .. } => malformed(nth(index), expected_type),
            ErrorKind::ParseError { expected_type, .. } => malformed(nth(0), expected_type),
            ErrorKind::DeserializeError { key, message, .. } => Problem::field(key, field::FORMAT, message),
            ErrorKind::InvalidUtf8InPathParam { key } => Problem::field(key, field::FORMAT, "is not UTF-8"),
            ErrorKind::Message(message) if names.len() == 1 => Problem::field(nth(0), field::FORMAT, message),
            ErrorKind::Message(message) => Problem::new(&codes::INVALID, message),
            fault => Problem::internal(fault),
        })
    }
}

/// The names of the path parameters, in order.
async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Vec<String> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    params.map_or_else(|_| Vec::new(), |params| params.iter().map(|(name, _)| name.to_owned()).collect())
}

fn malformed(name: String, expected: &str) -> Problem {
    let number = matches!(expected.as_bytes(), [b'i' | b'u', b'0'..=b'9', ..]);
    Problem::field(name, field::FORMAT, if number { "expected a whole number" } else { "is malformed" })
}
