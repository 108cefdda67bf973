//! The program: a list of services, and the commands that an operator has.

mod backup;
mod banner;
mod cli;
mod client;
mod dead_letters;
mod demo;
mod folder;
mod operator;
mod outbox;
mod pages;
mod restore;
mod schema;
pub mod serve;
mod services;
mod token;
mod verify;

use std::process::ExitCode;

use boxoffice_audit::{Databases, Findings, Scope};
use boxoffice_writer::Writer;
use clap::Parser as _;
use cli::{Cli, Command};
use uuid::Uuid;

pub use services::{SERVICES, names};
pub use verify::audit_folder;

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    let outcome = match cli.command.unwrap_or_else(|| Command::Serve(cli::Serve::default())) {
        Command::Serve(options) => serve::serve(options),
        Command::Token(options) => token::token(&options),
        Command::Verify(options) => return verify::verify(&options),
        Command::Backup(options) => backup::backup(&options),
        Command::Restore(options) => restore::restore(&options),
        Command::DeadLetters(what) => dead_letters::dead_letters(what),
        Command::Outbox(what) => outbox::outbox(what),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boxoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the help that was asked for, or what could not be understood. What `verify` was asked wrongly is not a finding:
/// its own codes for those are 1 and 2.
fn misunderstood(error: &clap::Error) -> ExitCode {
    // Whoever has closed the pipe does not want to read it.
    let _ = error.print();
    let is_verify = std::env::args_os().nth(1).is_some_and(|first| first == "verify");
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if is_verify => ExitCode::from(verify::COULD_NOT_RUN),
        code => ExitCode::from(u8::try_from(code).unwrap_or(1)),
    }
}

/// Checks every rule against one moment of the data that `writers` write: all pause between two batches while every
/// database is opened at that moment. Blocks.
///
/// # Errors
/// When a database cannot be read.
///
/// # Panics
/// Without a writer.
pub fn audit<'w>(writers: impl Iterator<Item = &'w Writer>, only: Option<&[Uuid]>) -> anyhow::Result<Findings> {
    let writers: Vec<&Writer> = writers.collect();
    let paused: Vec<_> = writers.iter().map(|writer| writer.pause()).collect();
    let snapshots = writers.iter().map(|writer| Ok((writer.service(), writer.database().snapshot()?)));
    let snapshots = snapshots.collect::<anyhow::Result<Vec<_>>>()?;
    let now = writers.first().expect("a system has writers").clock().now();
    drop(paused);
    boxoffice_audit::audit(&Databases::new(snapshots), now, &Scope::of(only))
}
