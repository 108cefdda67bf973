//! The command line: what can be asked for, and what each word means. Each command's arguments are a file.

mod backup;
mod config;
mod dead_letters;
mod doctor;
mod keys;
mod outbox;
mod reading;
mod rules;
mod serve;
mod sizes;
mod token;
mod verify;

use std::path::PathBuf;

use boxoffice_settings::CONFIG_FILE_VARIABLE;
use clap::{Args, Parser, Subcommand};

pub use backup::{Backup, Restore};
pub use config::{Config, Show};
pub use dead_letters::DeadLetters;
pub use doctor::Doctor;
pub use keys::Keys;
pub use outbox::{Outbox, Span};
pub use reading::{Asked, options, read};
pub use rules::{Rules, RulesCommand};
pub use serve::{Serve, ServeOptions};
pub use sizes::Sizes;
pub use token::Token;
pub use verify::Verify;

/// Sells tickets: never oversells, never loses a booking, never keeps money without a ticket.
///
/// Without a command it serves everything in one process, with its data in ./data. Every setting is an environment
/// variable, BOXOFFICE_ and its name in capitals such as BOXOFFICE_INVENTORY_HOLD_LIFE=2s, and may stand in a file. An
/// option wins over the environment, and the environment over the file: see `config show`.
#[derive(Debug, Parser)]
#[command(name = "boxoffice", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The file of settings; without it ./boxoffice.toml, if there is one
    #[arg(long, env = CONFIG_FILE_VARIABLE, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the platform until it is told to stop (SIGTERM or Ctrl-C)
    Serve(Serve),
    /// Print a bearer token of the data folder's issuer
    Token(Token),
    /// The settings: what they are, where they come from, and whether they fit
    #[command(subcommand)]
    Config(Config),
    /// Look at the whole installation, and say what to do about what is not right
    ///
    /// Changes nothing, on a running or a stopped system. Exits with 0 when all is well, 1 when something is broken, 2 when
    /// there are warnings alone.
    Doctor(Doctor),
    /// The keys that tokens are signed with: list them, sign with a fresh one, refuse one that has leaked
    #[command(subcommand)]
    Keys(Keys),
    /// Check every rule that the data must keep, on a running or a stopped system
    ///
    /// Exits with 0 when all hold, 1 when one is broken, 2 when something has not settled, 3 when it could not run.
    Verify(Verify),
    /// Copy all data, of one moment, while selling goes on or of a stopped system
    Backup(Backup),
    /// Put a backup into a data folder that is empty, or new
    Restore(Restore),
    /// How much room every table takes, and how much of it a booking
    Sizes(Sizes),
    /// Messages that failed too often and wait for a decision
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Messages that were said, and are still kept
    #[command(subcommand)]
    Outbox(Outbox),
    /// The paths of other APIs that are answered, and by which rule of which file
    ///
    /// A rule says which canonical request stands for a client's, and what is made of the answer. BOXOFFICE_GATEWAY_RULES
    /// names a file of further rules, or a folder of such files. docs/compatible-paths.md says how one is written.
    Rules(Rules),
}

#[derive(Clone, Debug, Args)]
pub struct Data {
    /// The folder that holds the data; made when it is missing
    #[arg(long, env = "BOXOFFICE_DATA", default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
}
