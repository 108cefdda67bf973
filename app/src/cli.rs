//! The command line: what can be asked for, and what each word means.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use boxoffice_identity::Scopes;
use clap::{Args, Parser, Subcommand};

/// Sells tickets: never oversells, never loses a booking, never keeps money without a ticket.
///
/// Without a command it serves everything in one process, with its data in ./data. Every setting is an environment
/// variable: BOXOFFICE_ and its name in capitals, such as BOXOFFICE_INVENTORY_HOLD_LIFE=2s.
#[derive(Debug, Parser)]
#[command(name = "boxoffice", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the platform until it is told to stop (SIGTERM or Ctrl-C)
    Serve(Serve),
    /// Print a bearer token of the data folder's issuer
    Token(Token),
    /// Check every rule that the data must keep, on a running or a stopped system
    ///
    /// Exits with 0 when all hold, 1 when one is broken, 2 when something has not settled, 3 when it could not run.
    Verify(Verify),
    /// Messages that failed too often and wait for a decision
    #[command(subcommand)]
    DeadLetters(DeadLetters),
}

#[derive(Clone, Debug, Args)]
pub struct Data {
    /// The folder that holds the data; made when it is missing
    #[arg(long, env = "BOXOFFICE_DATA", default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Which services to run: all when none is named. Fewer than all need a broker between them
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Where to listen
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub data: Data,
    /// Whether to put a demo catalogue into the data; by default when there is none
    #[arg(long, env = "BOXOFFICE_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub demo: Option<bool>,
    /// How log lines look, on stderr
    #[arg(long, env = "BOXOFFICE_LOG_FORMAT", default_value = "human", value_name = "human|json")]
    pub log_format: boxoffice_chassis::telemetry::Format,
    /// Which log lines are written: a level, or levels for each part such as `info,boxoffice_writer=debug`
    #[arg(long, env = "BOXOFFICE_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
}

impl Default for Serve {
    fn default() -> Self {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            serve: Serve,
        }
        Alone::parse_from(["boxoffice"]).serve
    }
}

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

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub data: Data,
    /// How long to wait for what is on its way to arrive
    #[arg(long, env = "BOXOFFICE_VERIFY_WAIT", default_value = "30s", value_parser = humantime::parse_duration)]
    pub wait: Duration,
}

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List them, oldest first
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Print one of them, with the reason of its last failure
    Show {
        /// Its id, as `list` prints it
        id: String,
        #[command(flatten)]
        data: Data,
    },
    /// Try one of them again, with all its attempts before it
    Replay {
        /// Its id, as `list` prints it
        id: String,
        #[command(flatten)]
        data: Data,
    },
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
