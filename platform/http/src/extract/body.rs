use std::ops::Deref;

use axum::{
    body::{Body as Stream, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use garde::Validate;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::json_errors;
use crate::{Problem, codes};

/// Maximum size of a request body, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// A JSON body that was read as `T` and is valid by the rules of `T`.
///
/// Refusals: 415 for another content type, 413 for more than [`MAX_BODY_BYTES`], and 400 for malformed JSON, for a field of
/// the wrong type (the first one is named) and for a violated rule of [`Validate`] (all fields are named). Problems name
/// fields as the client spells them: the Rust names in the rules of `T` are converted to camelCase. Texts with U+0000 are
/// refused, because databases may reject them. `T` should be `deny_unknown_fields`.
#[derive(Clone, Debug)]
pub struct Body<T> {
    value: T,
    bytes: Bytes,
}

impl<T> Body<T> {
    /// The value that was read.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The bytes that the client sent.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                &codes::UNSUPPORTED_MEDIA_TYPE,
                "send JSON with `Content-Type: application/json`",
            ));
        }
        let bytes = read_body(request.into_body()).await?;
        let value: T = json_errors::read_json(&bytes)?;
        value.validate().map_err(|report| json_errors::rule_errors(&report))?;
        Ok(Self { value, bytes })
    }
}

/// Whether the content type is `application/json` or has the suffix `+json` (RFC 6839), with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let suffix = media_type.len().checked_sub("+json".len()).and_then(|at| media_type.get(at..));
    media_type.eq_ignore_ascii_case("application/json")
        || media_type.contains('/') && suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// Reads a complete body.
///
/// # Errors
/// [`codes::TOO_LARGE`] when it is larger than [`MAX_BODY_BYTES`], [`codes::INVALID`] when the connection ends early.
pub async fn read_body(body: Stream) -> Result<Bytes, Problem> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::new(&codes::TOO_LARGE, format!("the body is larger than {MAX_BODY_BYTES} bytes")))
        }
        Err(_) => Err(Problem::new(&codes::INVALID, "the body ended before it was complete")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_type_or_suffix_is_recognized() {
        let is_json = |value: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]));
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.shop+json"] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["", "json", "+json", "text/plain", "application/jsonx", "application/x-www-form-urlencoded"] {
            assert!(!is_json(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_maximum_size() {
        let largest = vec![b'x'; MAX_BODY_BYTES];
        assert_eq!(read_body(largest.clone().into()).await.unwrap(), largest);
        let too_large = read_body(vec![b'x'; MAX_BODY_BYTES + 1].into()).await.unwrap_err();
        assert_eq!(too_large.code, &codes::TOO_LARGE);
    }

    #[tokio::test]
    async fn a_body_that_ends_early_is_refused() {
        let chunks = [Ok("{"), Err("the connection was reset")];
        let broken = Stream::from_stream(futures_util::stream::iter(chunks));
        assert_eq!(read_body(broken).await.unwrap_err().code, &codes::INVALID);
    }
}
