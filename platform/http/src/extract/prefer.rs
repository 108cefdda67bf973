use std::{convert::Infallible, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};

/// The longest time that a request can ask to wait for; a longer one is cut to it.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

/// The header `Prefer` (RFC 7240), of which `wait` is the one preference that is known. The others are passed over, and so
/// is a `wait` that is malformed: a preference is no demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// How long the client would wait for a final answer; at most [`MAX_WAIT`].
    pub wait: Option<Duration>,
}

impl Prefer {
    /// The header that says that the preference was followed; for an answer that waited.
    pub fn applied(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::try_from(format!("wait={}", self.wait?.as_secs())).expect("digits are visible ASCII");
        Some((HeaderName::from_static("preference-applied"), value))
    }

    /// What the headers of a request prefer.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let headers = headers.get_all("prefer").iter();
        Self { wait: headers.filter_map(|value| value.to_str().ok()).find_map(Self::read) }
    }

    fn read(value: &str) -> Option<Duration> {
        // The first of several counts (section 2); parameters after a semicolon are none that `wait` knows.
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
    fn wait_is_read_among_others_and_capped() {
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
