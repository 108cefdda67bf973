use std::{str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::route::PerRoute;

/// Maximum number of requests of a limit. The time of each request is stored, so that the limit is exact.
const MAX_REQUESTS: u32 = 10_000;
const OFF: &str = "off";
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A maximum number of requests in any window of a given length, such as `100/60s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    /// Maximum number of requests, 1 to 10,000.
    pub limit: u32,
    /// Length of the window in whole seconds, 1 s to 24 h.
    pub window: Duration,
}

/// A rate, or `off`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RateLimit(pub Option<Rate>);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected a rate such as 100/60s: a number from 1 to {MAX_REQUESTS}, and whole seconds from 1s to 24h, got {text:?}"
            )
        };
        let (limit, window) = text.split_once('/').ok_or_else(expected)?;
        let limit = limit.trim().parse().map_err(|_| expected())?;
        let window = humantime::parse_duration(window.trim()).map_err(|_| expected())?;
        let fits = (1..=MAX_REQUESTS).contains(&limit) && (Duration::from_secs(1)..=LONGEST).contains(&window);
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

impl PerRoute for Rate {
    const EXAMPLE: &str = "10/60s";

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn text(&self) -> String {
        (*self).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_duration() {
        let rate = |text: &str| text.parse::<Rate>().map(|rate| (rate.limit, rate.window.as_secs()));
        assert_eq!(rate("100/60s"), Ok((100, 60)));
        assert_eq!(rate("1 / 1m"), Ok((1, 60)));
        assert_eq!("100/3600s".parse::<Rate>().map(String::from), Ok("100/1h".into()));
        for unfit in ["", "100", "0/60s", "10001/60s", "100/", "100/0s", "100/500ms", "100/25h", "-1/60s", "1/60"] {
            assert!(rate(unfit).unwrap_err().contains("such as 100/60s"), "{unfit}");
        }
    }
}
