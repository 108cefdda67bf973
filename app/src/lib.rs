//! The program `boxoffice`: composes all services into one process, and is its command line.
//!
//! [`composition`] connects the services with the gateway and the operator service. Each command is a file in
//! `commands/`, with its arguments and its implementation. Commands on data work on a stopped system, whose folder they
//! lock, and on a running system, whose API they call.

mod banner;
mod client;
mod command_line;
mod commands;
pub mod composition;
mod demo;
mod folder;
mod host;
mod metrics;
mod schema;
mod services;
mod settings;

use std::{ffi::OsString, process::ExitCode};

use boxoffice_audit::{Databases, Findings, Scope};
use boxoffice_settings::SettingsErrors;
use boxoffice_writer::Writer;
use command_line::Command;
use uuid::Uuid;

pub use crate::metrics::metrics;
pub use commands::{
    config::{sample, settings},
    verify::audit_folder,
};
pub use services::{SERVICES, names};
pub use settings::sections;

/// Runs the command that the arguments of the process name, and returns its exit code.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let invocation = match command_line::parse(arguments.clone()) {
        Ok(invocation) => invocation,
        Err(error) => return print_usage(&error, &arguments),
    };
    let outcome = match &invocation.command {
        Command::Config(command) => command.run(&invocation),
        Command::Doctor(command) => return command.run(&invocation),
        _ if !invocation.errors.0.is_empty() => return print_settings_errors(&invocation.command, &invocation.errors),
        Command::Serve(command) => command.run(invocation.settings.clone()),
        Command::Keys(command) => command.run(),
        Command::Token(command) => command.run(),
        Command::Verify(command) => return command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Sizes(command) => command.run(),
        Command::DeadLetters(command) => command.run(),
        Command::Outbox(command) => command.run(),
        Command::Rules(command) => command.run(&invocation.settings),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boxoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints errors in the settings. The exit codes 1 and 2 of `verify` report findings, so that it returns another one.
fn print_settings_errors(command: &Command, errors: &SettingsErrors) -> ExitCode {
    eprintln!("boxoffice: {errors}");
    match command {
        Command::Verify(_) => ExitCode::from(commands::verify::COULD_NOT_RUN),
        _ => ExitCode::FAILURE,
    }
}

/// Prints the requested help or the error in the arguments. `verify` and `doctor` return an exit code that does not
/// report a finding.
fn print_usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    // The output may be a closed pipe, where the message cannot be printed.
    let _ = error.print();
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if arguments.iter().any(|argument| argument == "verify") => ExitCode::from(commands::verify::COULD_NOT_RUN),
        // The exit code 2 of `doctor` reports warnings.
        _ if arguments.iter().any(|argument| argument == "doctor") => ExitCode::FAILURE,
        code => ExitCode::from(u8::try_from(code).unwrap_or(1)),
    }
}

/// Checks every invariant on one consistent snapshot of the databases that `writers` write. All writers pause between two
/// batches until the snapshots are open. Blocks the calling thread.
///
/// # Errors
/// A database cannot be read.
///
/// # Panics
/// `writers` is empty.
pub fn audit<'w>(writers: impl Iterator<Item = &'w Writer>, only: Option<&[Uuid]>) -> anyhow::Result<Findings> {
    let writers: Vec<&Writer> = writers.collect();
    let paused: Vec<_> = writers.iter().map(|writer| writer.pause()).collect();
    let snapshots = writers.iter().map(|writer| Ok((writer.service(), writer.database().snapshot()?)));
    let snapshots = snapshots.collect::<anyhow::Result<Vec<_>>>()?;
    let now = writers.first().expect("a system has writers").clock().now();
    drop(paused);
    boxoffice_audit::audit(&Databases::new(snapshots), now, &Scope::of(only))
}
