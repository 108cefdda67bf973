//! Content negotiation: `Accept` and `Content-Encoding` (RFC 9110 sections 12.5.1 and 8.4).

use axum::http::{HeaderMap, HeaderValue, header};
use boxoffice_http::{Problem, codes};
use headers_accept::Accept;
use mediatype::{
    MediaType,
    names::{APPLICATION, CHARSET, JSON, PROBLEM},
    values::UTF_8,
};
use utoipa::openapi::{RefOr, path::Operation};

/// Media types of responses. JSON has no `charset`, but many clients send one.
const OFFERED: [MediaType<'static>; 3] = [
    MediaType::new(APPLICATION, JSON),
    MediaType::from_parts(APPLICATION, JSON, None, &[(CHARSET, UTF_8)]),
    MediaType::from_parts(APPLICATION, PROBLEM, Some(JSON), &[]),
];

/// Media type of an operation's successful responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// JSON or an empty body.
    Json,
    /// Another media type, for which `Accept` is not checked.
    Other,
}

impl Answers {
    /// Reads the media type from the operation's documentation.
    pub fn of(operation: &Operation) -> Self {
        let done = operation.responses.responses.iter().filter(|(status, _)| status.starts_with('2'));
        let is_json = |response: &RefOr<utoipa::openapi::Response>| match response {
            RefOr::T(response) => response.content.keys().all(|content| content == "application/json"),
            RefOr::Ref(_) => true,
        };
        if done.into_iter().all(|(_, response)| is_json(response)) { Self::Json } else { Self::Other }
    }

    /// Checks that `Accept` permits the response. A malformed header is ignored.
    ///
    /// # Errors
    /// [`codes::NOT_ACCEPTABLE`]; the request has no effect.
    pub fn check(self, headers: &HeaderMap) -> Result<(), Problem> {
        if self == Self::Other || headers.get_all(header::ACCEPT).iter().all(is_plain) {
            return Ok(());
        }
        let texts = headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or_default());
        let accepts = texts.collect::<Vec<_>>().join(",").to_ascii_uppercase().parse::<Accept>();
        let is_unmet = |accept: Accept| accept.media_types().next().is_some() && accept.negotiate(&OFFERED).is_none();
        if accepts.is_ok_and(is_unmet) {
            let detail = "the response is application/json, which `Accept` does not permit";
            return Err(Problem::new(&codes::NOT_ACCEPTABLE, detail));
        }
        Ok(())
    }
}

/// The usual values, checked first because parsing costs more.
fn is_plain(accept: &HeaderValue) -> bool {
    matches!(accept.as_bytes(), b"*/*" | b"application/json")
}

/// Refuses compressed bodies, which could expand to far more than the size limit.
///
/// # Errors
/// [`codes::UNSUPPORTED_MEDIA_TYPE`].
pub(crate) fn check_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    let is_identity = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(is_identity) {
        return Ok(());
    }
    let detail = "send the body uncompressed, without `Content-Encoding`";
    Err(Problem::new(&codes::UNSUPPORTED_MEDIA_TYPE, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(values: &[&str]) -> bool {
        let values = values.iter().map(|value| (header::ACCEPT, HeaderValue::from_str(value).unwrap()));
        Answers::Json.check(&values.collect()).is_err()
    }

    #[test]
    fn accept_headers_that_permit_json_pass() {
        for fine in [
            &[][..],
            &["*/*"],
            &["application/*"],
            &["application/json"],
            &["Application/JSON"],
            &["application/json; charset=utf-8"],
            &["application/problem+json"],
            &["text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8"],
            &["text/html", "application/json;q=0.1"],
            &["application/json;q=0.001, */*;q=0"],
            &["text/*, application/*;q=0, application/json"],
            &["not a media type"],
            &[""],
        ] {
            assert!(!refuses(fine), "{fine:?}");
        }
        for unmet in [
            &["text/html"][..],
            &["application/xml"],
            &["text/*", "image/png"],
            &["*/*;q=0"],
            &["application/json;q=0, application/problem+json;q=0.0"],
            &["application/*;q=0, */*"],
        ] {
            assert!(refuses(unmet), "{unmet:?}");
        }
    }
}
