use std::ops::Deref;

use axum::{extract::FromRequestParts, http::request::Parts};
use boxoffice_text::{Mismatch, Pair, ReadError, Reason};
use serde::de::DeserializeOwned;

use crate::{Problem, codes::field};

/// The query string, read as `T`. An unknown, repeated, missing or malformed parameter is refused with 400 and its name. A
/// list is separated by commas. `T` should be `deny_unknown_fields` with camelCase names.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(pairs(parts)?).map(Self)
    }
}

/// The decoded parameters of the query, in order.
pub(super) fn pairs(parts: &Parts) -> Result<Vec<Pair<'_>>, Problem> {
    let query = parts.uri.query().unwrap_or_default();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    match pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
        Some((name, _)) => Err(Problem::field(name.as_ref(), field::FORMAT, "contains the character U+0000")),
        None => Ok(pairs),
    }
}

pub(super) fn read<T: DeserializeOwned>(pairs: Vec<Pair<'_>>) -> Result<T, Problem> {
    boxoffice_text::read(pairs).map_err(|ReadError { name, reason }| match reason {
        Reason::Unknown(known) => {
            Problem::field(name, field::UNKNOWN, format!("is unknown; the known ones are {}", known.join(", ")))
        }
        Reason::Missing => Problem::field(name, field::REQUIRED, "is required"),
        Reason::Repeated => Problem::field(name, field::FORMAT, "occurs twice"),
        Reason::Mismatch(kind, expected) => Problem::field(name, code_of(kind), expected),
    })
}

/// The code of a field for this kind of mismatch.
fn code_of(kind: Mismatch) -> &'static str {
    match kind {
        Mismatch::Type => field::TYPE,
        Mismatch::Range => field::RANGE,
        Mismatch::Format => field::FORMAT,
    }
}
