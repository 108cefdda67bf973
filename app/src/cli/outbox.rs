use std::time::Duration;

use boxoffice_clock::{Clock, Timestamp};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use uuid::Uuid;

use super::Data;
use crate::services::SERVICES;

#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// List what `replay` would say again, at most 200
    List(Span),
    /// Say them again to those who listen: whoever has done everything does nothing
    Replay(Span),
}

/// Some of the messages of a running system.
#[derive(Debug, Args)]
pub struct Span {
    /// Those said since then: a span such as 2h, or a time such as 2030-06-01T19:30:00Z
    #[arg(long, env = "BOXOFFICE_REPLAY_SINCE", value_name = "SPAN|TIME", value_parser = since)]
    pub since: Timestamp,
    /// Only those that this service said
    #[arg(long, env = "BOXOFFICE_REPLAY_FROM", value_name = "SERVICE", value_parser = services())]
    pub from: Option<String>,
    /// Only to this service
    #[arg(long, env = "BOXOFFICE_REPLAY_TO", value_name = "SERVICE", value_parser = services())]
    pub to: Option<String>,
    /// Only those about this booking
    #[arg(long, env = "BOXOFFICE_REPLAY_KEY", value_name = "BOOKING")]
    pub key: Option<Uuid>,
    #[command(flatten)]
    pub data: Data,
}

fn services() -> PossibleValuesParser {
    PossibleValuesParser::new(SERVICES.iter().map(|service| service.name))
}

fn since(text: &str) -> Result<Timestamp, String> {
    let span: Result<Duration, _> = humantime::parse_duration(text);
    match span {
        Ok(span) => Ok(Clock::system().now().minus(span)),
        Err(_) => text.parse().map_err(|_| "expected a span such as 2h, or a time such as 2030-06-01T19:30:00Z".into()),
    }
}
