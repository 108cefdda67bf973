//! The context of a request: its correlation id and its trace.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_envelope::Origin;

/// The header with the correlation id, in requests and responses.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header with the trace context (W3C Trace Context).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Maximum length of a correlation id in visible ASCII characters; other values are replaced.
const MAX_ID_LENGTH: usize = 128;

/// The correlation id and the trace of a request. [`Middleware`](crate::middleware::Middleware) adds it to the extensions.
#[derive(Clone, Debug)]
pub struct Context {
    correlation: HeaderValue,
    trace: Option<HeaderValue>,
}

impl Context {
    /// Reads the headers of a request. A missing or malformed correlation id is replaced by a new UUIDv7; a malformed
    /// `traceparent` is dropped, as W3C Trace Context requires.
    pub fn from_headers(headers: &HeaderMap, clock: &Clock, entropy: &Entropy) -> Self {
        let correlation = match headers.get(REQUEST_ID) {
            Some(id) if is_fit(id.as_bytes()) => id.clone(),
            _ => HeaderValue::try_from(entropy.uuid(clock.now()).to_string()).expect("a UUID is visible ASCII"),
        };
        let trace = headers.get(TRACEPARENT).filter(|value| is_traceparent(value.as_bytes())).cloned();
        Self { correlation, trace }
    }

    /// The id shared by all requests, messages and log lines of one operation: 1 to 128 visible ASCII characters.
    pub fn correlation_id(&self) -> &str {
        self.correlation.to_str().expect("other characters were refused")
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.correlation.clone()
    }

    /// The origin of commands that `actor` runs by this request.
    pub fn origin(&self, actor: &str) -> Origin {
        let trace = self.trace.as_ref().map(|trace| trace.to_str().expect("a traceparent is ASCII").to_owned());
        Origin {
            causation_id: None,
            correlation_id: self.correlation_id().to_owned(),
            traceparent: trace,
            actor: actor.to_owned(),
        }
    }
}

/// The context is empty for a router without middleware, such as in a test of one handler.
impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let empty = || Self { correlation: HeaderValue::from_static(""), trace: None };
        Ok(parts.extensions.get().cloned().unwrap_or_else(empty))
    }
}

fn is_fit(id: &[u8]) -> bool {
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

/// Whether the value has the form `version-traceid-parentid-flags` (W3C Trace Context, section 3.2). Versions after 00 may
/// have more text after the flags.
fn is_traceparent(value: &[u8]) -> bool {
    let hex = |from: usize, to: usize| {
        let digits = &value[from..to];
        digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(digits)
    };
    let is_id = |digits: &[u8]| digits.iter().any(|byte| *byte != b'0');
    if value.len() < 55 || [2, 35, 52].iter().any(|at| value[*at] != b'-') || !value.is_ascii() {
        return false;
    }
    let ends_well = match hex(0, 2) {
        Some(b"00") => value.len() == 55,
        Some(b"ff") | None => false,
        Some(_) => value.len() == 55 || value[55] == b'-' && value[55..].iter().all(u8::is_ascii_graphic),
    };
    ends_well && hex(3, 35).is_some_and(is_id) && hex(36, 52).is_some_and(is_id) && hex(53, 55).is_some()
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::Timestamp;

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn context(headers: &[(HeaderName, &str)]) -> Context {
        let (clock, _) = Clock::manual(Timestamp::from_micros(0));
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        Context::from_headers(&headers.collect(), &clock, &Entropy::seeded(1))
    }

    #[test]
    fn a_valid_correlation_id_is_kept_and_any_other_replaced() {
        assert_eq!(context(&[(REQUEST_ID, "abc-1")]).correlation_id(), "abc-1");
        let long = "x".repeat(129);
        for unfit in ["", "a b", "ü", &long] {
            assert_eq!(context(&[(REQUEST_ID, unfit)]).correlation_id().len(), 36, "{unfit:?}");
        }
        assert_eq!(context(&[]).correlation_id().len(), 36);
    }

    #[test]
    fn only_a_well_formed_traceparent_is_kept() {
        assert_eq!(context(&[(TRACEPARENT, TRACE)]).origin("ann").traceparent.as_deref(), Some(TRACE));
        let later = format!("01{}-more", &TRACE[2..]);
        assert!(is_traceparent(later.as_bytes()));
        for malformed in [
            "",
            "00",
            &format!("{TRACE}-more"),
            &format!("ff{}", &TRACE[2..]),
            &TRACE.to_uppercase(),
            &TRACE.replace("00f067aa0ba902b7", "0000000000000000"),
            &TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &TRACE.replace('-', "_"),
        ] {
            assert_eq!(context(&[(TRACEPARENT, malformed)]).origin("ann").traceparent, None, "{malformed}");
        }
    }
}
