//! Telemetry: log lines on standard error, and metrics for Prometheus.

mod metrics;
mod process;

use std::{io, str::FromStr};

use tracing_subscriber::EnvFilter;

pub use metrics::Metrics;
pub use process::METRICS;

use boxoffice_http::panics;

/// Format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One line of text for each event.
    #[default]
    Human,
    /// One JSON object for each line, with the fields of the event beside `timestamp`, `level` and `target`.
    Json,
}

/// Error of reading an unknown log format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown log format {0:?}: the known ones are human, json")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            other => Err(UnknownFormat(other.to_owned())),
        }
    }
}

/// Error of reading a malformed log filter.
#[derive(Debug, thiserror::Error)]
#[error("not a log filter such as `info` or `info,boxoffice_writer=debug`: {0}")]
pub struct BadFilter(#[from] tracing_subscriber::filter::ParseError);

/// Checks the syntax of `filter`.
///
/// # Errors
/// When it is malformed.
pub fn check(filter: &str) -> Result<(), BadFilter> {
    EnvFilter::builder().parse(filter)?;
    Ok(())
}

/// Starts logging to standard error, including panics. `filter` is a level such as `info`, or a list such as
/// `info,boxoffice_writer=debug`. A second call in the same process has no effect.
///
/// # Errors
/// When `filter` is malformed.
pub fn start(format: Format, filter: &str) -> Result<(), BadFilter> {
    // A line that cannot be written, for example on a full disk, is dropped: a report on standard error would panic.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::builder().parse(filter)?)
        .with_writer(io::stderr)
        .log_internal_errors(false);
    let started = match format {
        Format::Human => lines.try_init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    };
    if started.is_ok() {
        panics::install_hook();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_or_format_with_a_typo_is_refused() {
        assert!(start(Format::Human, "info,=loud").is_err());
        let typo = "jsn".parse::<Format>().unwrap_err();
        assert_eq!(typo.to_string(), r#"unknown log format "jsn": the known ones are human, json"#);
    }
}
