use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// The most requests that a limit may count. Each is remembered by its time, so that the limit is exact.
const MOST_COUNTED: u32 = 10_000;
const OFF: &str = "off";
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// So many requests in any span of that length: `100/60s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    /// How many, 1 to 10,000.
    pub limit: u32,
    /// In which time, a second to a day, whole seconds.
    pub window: Duration,
}

/// A rate, or `off`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RateLimit(pub Option<Rate>);

/// The rate of one route: `POST /api/v1/bookings=10/60s`; without a method, of all methods of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RouteRate {
    /// Of requests with this method alone.
    pub method: Option<String>,
    /// Segments in braces stand for any: `/api/v1/events/{id}`.
    pub path: String,
    /// How many.
    pub rate: Rate,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected such as 100/60s: a number from 1 to {MOST_COUNTED}, and whole seconds from 1s to 24h, got {text:?}"
            )
        };
        let (limit, window) = text.split_once('/').ok_or_else(expected)?;
        let limit = limit.trim().parse().map_err(|_| expected())?;
        let window = humantime::parse_duration(window.trim()).map_err(|_| expected())?;
        let fits = (1..=MOST_COUNTED).contains(&limit) && (Duration::from_secs(1)..=LONGEST).contains(&window);
        if fits && window.subsec_nanos() == 0 { Ok(Self { limit, window }) } else { Err(expected()) }
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for RateLimit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == OFF { Ok(Self(None)) } else { text.parse().map(Some).map(Self) }
    }
}

impl From<RateLimit> for String {
    fn from(limit: RateLimit) -> Self {
        limit.0.map_or_else(|| OFF.to_owned(), Self::from)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        format!("{}/{}", rate.limit, humantime::format_duration(rate.window))
    }
}

impl From<RouteRate> for String {
    fn from(route: RouteRate) -> Self {
        format!("{route}={}", Self::from(route.rate))
    }
}

impl TryFrom<String> for RouteRate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expected = || format!("expected such as POST /api/v1/bookings=10/60s, got {text:?}");
        let (route, rate) = text.rsplit_once('=').ok_or_else(expected)?;
        let (method, path) = match route.trim().split_once(' ') {
            Some((method, path)) => (Some(method), path.trim()),
            None => (None, route.trim()),
        };
        let is_method = |method: &str| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if !method.is_none_or(is_method) || !is_path {
            return Err(expected());
        }
        Ok(Self { method: method.map(str::to_owned), path: path.to_owned(), rate: rate.trim().parse()? })
    }
}

/// The route alone.
impl fmt::Display for RouteRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            Some(method) => write!(f, "{method} {}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_span() {
        let rate = |text: &str| text.parse::<Rate>().map(|rate| (rate.limit, rate.window.as_secs()));
        assert_eq!(rate("100/60s"), Ok((100, 60)));
        assert_eq!(rate("1 / 1m"), Ok((1, 60)));
        assert_eq!("100/3600s".parse::<Rate>().map(String::from), Ok("100/1h".into()));
        for unfit in ["", "100", "0/60s", "10001/60s", "100/", "100/0s", "100/500ms", "100/25h", "-1/60s", "1/60"] {
            assert!(rate(unfit).unwrap_err().contains("such as 100/60s"), "{unfit}");
        }
    }

    #[test]
    fn a_route_may_have_a_method() {
        let route =
            |text: &str| RouteRate::try_from(text.to_owned()).map(|route| (route.to_string(), route.rate.limit));
        assert_eq!(route("POST /api/v1/bookings=10/60s"), Ok(("POST /api/v1/bookings".into(), 10)));
        assert_eq!(route("/api/v1/events/{id} = 7/1h"), Ok(("/api/v1/events/{id}".into(), 7)));
        let text = "POST /api/v1/bookings=10/5m".to_owned();
        assert_eq!(RouteRate::try_from(text.clone()).map(String::from), Ok(text));
        for unfit in ["", "POST=1/1s", "POST bookings=1/1s", "post /x=1/1s", "/x", "/x=1", "/a b=1/1s", " =1/1s"] {
            assert!(route(unfit).is_err(), "{unfit}");
        }
    }
}
