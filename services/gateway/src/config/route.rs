use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A value for one route, such as `POST /api/v1/bookings=10/60s`; without a method, for all methods of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound(serialize = "T: PerRoute", deserialize = "T: PerRoute"))]
pub struct OfRoute<T> {
    /// Method of the route; `None` for all methods.
    pub method: Option<String>,
    /// Path of the route, with parameters in braces: `/api/v1/events/{id}`.
    pub path: String,
    /// The value, such as a rate limit or a time limit.
    pub value: T,
}

/// A value that can be set for a single route.
pub trait PerRoute: Clone {
    /// An example of its text.
    const EXAMPLE: &str;

    /// Parses the text after the route.
    ///
    /// # Errors
    /// A description of the expected text.
    fn read(text: &str) -> Result<Self, String>;

    /// The text, which [`PerRoute::read`] parses.
    fn text(&self) -> String;
}

impl PerRoute for usize {
    const EXAMPLE: &str = "500";

    fn read(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| (1..=1_000_000).contains(number));
        number.ok_or_else(|| format!("expected a whole number from 1 to 1000000, got {text:?}"))
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl PerRoute for Duration {
    const EXAMPLE: &str = "500ms";

    fn read(text: &str) -> Result<Self, String> {
        let span = humantime::parse_duration(text).ok().filter(|span| !span.is_zero());
        span.ok_or_else(|| format!("expected a duration such as 500ms, got {text:?}"))
    }

    fn text(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

impl<T: PerRoute> From<OfRoute<T>> for String {
    fn from(route: OfRoute<T>) -> Self {
        format!("{route}={}", route.value.text())
    }
}

impl<T: PerRoute> TryFrom<String> for OfRoute<T> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expected =
            || format!("expected a route and a value such as POST /api/v1/bookings={}, got {text:?}", T::EXAMPLE);
        let (route, value) = text.rsplit_once('=').ok_or_else(expected)?;
        let (method, path) = match route.trim().split_once(' ') {
            Some((method, path)) => (Some(method), path.trim()),
            None => (None, route.trim()),
        };
        let is_method = |method: &str| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if !method.is_none_or(is_method) || !is_path {
            return Err(expected());
        }
        Ok(Self { method: method.map(str::to_owned), path: path.to_owned(), value: T::read(value.trim())? })
    }
}

/// Writes the route without its value.
impl<T> fmt::Display for OfRoute<T> {
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
    use crate::config::Rate;

    #[test]
    fn a_route_may_have_a_method() {
        let route =
            |text: &str| OfRoute::<Rate>::try_from(text.to_owned()).map(|route| (route.to_string(), route.value.limit));
        assert_eq!(route("POST /api/v1/bookings=10/60s"), Ok(("POST /api/v1/bookings".into(), 10)));
        assert_eq!(route("/api/v1/events/{id} = 7/1h"), Ok(("/api/v1/events/{id}".into(), 7)));
        let text = "POST /api/v1/bookings=10/5m".to_owned();
        assert_eq!(OfRoute::<Rate>::try_from(text.clone()).map(String::from), Ok(text));
        for unfit in ["", "POST=1/1s", "POST bookings=1/1s", "post /x=1/1s", "/x", "/x=1", "/a b=1/1s", " =1/1s"] {
            assert!(route(unfit).is_err(), "{unfit}");
        }
    }

    #[test]
    fn numbers_and_durations_are_read_and_written() {
        fn round_trip<T: PerRoute>(text: &str) -> Result<String, String> {
            OfRoute::<T>::try_from(text.to_owned()).map(String::from)
        }
        assert_eq!(round_trip::<usize>("GET /x=12"), Ok("GET /x=12".into()));
        assert_eq!(round_trip::<Duration>("/x = 1500ms"), Ok("/x=1s 500ms".into()));
        for unfit in ["/x=0", "/x=-1", "/x=1000001", "/x=many", "/x="] {
            assert!(round_trip::<usize>(unfit).unwrap_err().contains("from 1 to 1000000"), "{unfit}");
        }
        for unfit in ["/x=0s", "/x=5", "/x=soon"] {
            assert!(round_trip::<Duration>(unfit).unwrap_err().contains("such as 500ms"), "{unfit}");
        }
    }
}
