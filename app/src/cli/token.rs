use std::time::Duration;

use boxoffice_identity::Scopes;
use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub struct Token {
    /// Who the token stands for: the `subject` of a user's profile, or any name
    #[arg(long, env = "BOXOFFICE_TOKEN_SUBJECT")]
    pub subject: String,
    /// What it may do: any of customer, organizer and operator, separated by spaces
    #[arg(long, env = "BOXOFFICE_TOKEN_SCOPE", default_value = "customer", value_parser = scopes)]
    pub scope: Scopes,
    /// How long it is good, such as 15m
    #[arg(long, env = "BOXOFFICE_TOKEN_TTL", default_value = "1h", value_parser = ttl)]
    pub ttl: Duration,
    #[command(flatten)]
    pub data: Data,
}

fn scopes(text: &str) -> Result<Scopes, String> {
    let scopes: Scopes = text.parse().map_err(|e: boxoffice_identity::UnknownScope| e.to_string())?;
    if scopes == Scopes::NONE {
        Err("expected at least one of customer, organizer, operator".into())
    } else {
        Ok(scopes)
    }
}

/// A token that is good for years is a password that cannot be changed.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

fn ttl(text: &str) -> Result<Duration, String> {
    let ttl = humantime::parse_duration(text).map_err(|e| format!("{e}: expected a span such as 15m"))?;
    if ttl.is_zero() || ttl > LONGEST { Err("expected a span from 1s to 1 year".into()) } else { Ok(ttl) }
}
