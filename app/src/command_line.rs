//! Command line: the program's options and commands. Each command is a file in `commands/`.

mod parsing;

use std::path::PathBuf;

use boxoffice_settings::CONFIG_FILE_VARIABLE;
use clap::{Args, Parser, Subcommand};

use crate::commands::{
    backup::Backup, config::Config, dead_letters::DeadLetters, doctor::Doctor, keys::Keys, outbox::Outbox,
    restore::Restore, rules::Rules, serve::Serve, sizes::Sizes, token::Token, verify::Verify,
};

pub use parsing::{Invocation, all_options, parse};

/// Ticket booking platform.
///
/// Without a command, runs all services in one process, with the data in ./data. Every setting is an environment variable
/// such as BOXOFFICE_INVENTORY_HOLD_LIFE=2s, and can be set in a configuration file. Options take precedence over
/// environment variables, and those over the file: see `config show`.
#[derive(Debug, Parser)]
#[command(name = "boxoffice", version)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Configuration file; by default ./boxoffice.toml, if it exists
    #[arg(long, env = CONFIG_FILE_VARIABLE, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the platform until SIGTERM or Ctrl-C
    Serve(Serve),
    /// Print a bearer token signed by the data folder's issuer
    Token(Token),
    /// Show, check or generate the configuration
    #[command(subcommand)]
    Config(Config),
    /// Diagnose the installation and suggest remedies
    ///
    /// Changes nothing, on a running or a stopped system. Exit codes: 0 healthy, 1 at least one failure, 2 warnings only.
    Doctor(Doctor),
    /// List, rotate and retire the keys that sign tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Check every invariant of the data, on a running or a stopped system
    ///
    /// Exit codes: 0 all hold, 1 an invariant is violated, 2 a booking has not settled, 3 the check could not run.
    Verify(Verify),
    /// Create a consistent backup of all data, on a running or a stopped system
    Backup(Backup),
    /// Restore a backup into an empty or new data folder
    Restore(Restore),
    /// Print the size of every table, in total and for each booking
    Sizes(Sizes),
    /// List, show, replay and discard dead letters
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// List and replay retained messages
    #[command(subcommand)]
    Outbox(Outbox),
    /// List, print and check the rules for paths of other APIs
    ///
    /// A rule maps a client's request to a canonical request, and the response back. BOXOFFICE_GATEWAY_RULES names a file
    /// of additional rules, or a folder of such files. See docs/compatible-paths.md for the format.
    Rules(Rules),
}

/// The option that every command on data has.
#[derive(Clone, Debug, Args)]
pub struct DataOption {
    /// Data folder; `serve` creates it if it is missing
    #[arg(long, env = "BOXOFFICE_DATA", default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
}
