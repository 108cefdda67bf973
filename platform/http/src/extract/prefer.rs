use std::{convert::Infallible, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};

/// Maximum time that a request can wait. Longer times are reduced to it.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

/// The header `Prefer` (RFC 7240). Only the preference `wait` is supported. Other preferences and a malformed `wait` are
/// ignored, because a preference is optional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// How long the response may wait for a final status, at most [`MAX_WAIT`]; `None` for an immediate response.
    pub wait: Option<Duration>,
}

impl Prefer {
    /// The header `Preference-Applied`, for a response that waited; `None` without a preference.
    pub fn applied(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::try_from(format!("wait={}", self.wait?.as_secs())).expect("digits are visible ASCII");
        Some((HeaderName::from_static("preference-applied"), value))
    }

    /// Reads the preferences of a request.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let headers = headers.get_all("prefer").iter();
        Self { wait: headers.filter_map(|value| value.to_str().ok()).find_map(Self::read) }
    }

    fn read(value: &str) -> Option<Duration> {
        // The first of several values applies (section 2). `wait` has no parameters after a semicolon.
        let wait = value.split(',').find_map(|preference| {
            let (name, seconds) = preference.split(';').next().unwrap_or_default().split_once('=')?;
            name.trim().eq_ignore_ascii_case("wait").then(|| seconds.trim().trim_matches('"'))
        })?;
        let digits = !wait.is_empty() && wait.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| wait.parse().map_or(MAX_WAIT, Duration::from_secs).min(MAX_WAIT))
    }
}

impl<S: Sync> FromRequestParts<S> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from_headers(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_is_found_among_other_preferences_and_limited() {
        for (value, seconds) in [
            ("wait=5", Some(5)),
            (r#"respond-async, Wait = "10"; x=y"#, Some(10)),
            ("wait=31", Some(30)),
            ("wait=99999999999999999999999", Some(30)),
            ("wait=0", Some(0)),
            ("wait=1, wait=2", Some(1)),
            ("wait", None),
            ("wait=-1", None),
            ("wait=1.5", None),
            ("waiting=3", None),
        ] {
            assert_eq!(Prefer::read(value), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
