//! `token`: prints a bearer token signed by the data folder's issuer.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_identity::{Issuer, Scope, Scopes};
use clap::Args;

use crate::{command_line::DataOption, settings::IDENTITY};

#[derive(Debug, Args)]
pub struct Token {
    /// Subject of the token: the `subject` of a user's profile, or any name
    #[arg(long, env = "BOXOFFICE_TOKEN_SUBJECT")]
    pub subject: String,
    /// Scopes of the token: any of customer, organizer and operator, separated by spaces
    #[arg(long, env = "BOXOFFICE_TOKEN_SCOPE", default_value = "customer", value_parser = parse_scopes)]
    pub scope: Scopes,
    /// Lifetime of the token, such as 15m
    #[arg(long, env = "BOXOFFICE_TOKEN_TTL", default_value = "1h", value_parser = parse_ttl)]
    pub ttl: Duration,
    #[command(flatten)]
    pub data: DataOption,
}

fn parse_scopes(text: &str) -> Result<Scopes, String> {
    let scopes: Scopes = text.parse().map_err(|e: boxoffice_identity::UnknownScope| e.to_string())?;
    if scopes == Scopes::NONE {
        Err("expected at least one of customer, organizer, operator".into())
    } else {
        Ok(scopes)
    }
}

/// Maximum lifetime of a token. A token that is valid for years would be a password that cannot be changed.
const MAX_TTL: Duration = Duration::from_secs(366 * 24 * 3600);

fn parse_ttl(text: &str) -> Result<Duration, String> {
    let ttl = humantime::parse_duration(text).map_err(|e| format!("{e}: expected a duration such as 15m"))?;
    if ttl.is_zero() || ttl > MAX_TTL { Err("expected a duration from 1s to 1 year".into()) } else { Ok(ttl) }
}

impl Token {
    /// Prints the token, and nothing else, to stdout.
    pub fn run(&self) -> anyhow::Result<()> {
        let issuer = open_issuer(&self.data.data)?;
        println!("{}", issuer.token(&self.subject, self.scope, self.ttl));
        Ok(())
    }
}

/// Opens the issuer of a data folder in which the system has already run. Needs no lock: the key files are replaced atomically.
///
/// # Errors
/// The folder has no keys, or they cannot be read.
pub fn open_issuer(data: &Path) -> anyhow::Result<Issuer> {
    let folder = data.join(IDENTITY);
    anyhow::ensure!(
        folder.exists(),
        "{} contains no keys: start the system once, or name the data folder with --data",
        data.display()
    );
    Issuer::open_existing(&folder, Clock::system(), Entropy::system())
        .with_context(|| format!("cannot use the keys in {}", folder.display()))
}

/// An operator token with which a command calls the running system.
///
/// # Errors
/// As [`open_issuer`].
pub fn operator_token(data: &Path) -> anyhow::Result<String> {
    let scopes: Scopes = Scope::Operator.into();
    Ok(open_issuer(data)?.token("operator:command-line", scopes, Duration::from_secs(300)))
}
