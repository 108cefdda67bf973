//! The program: a list of services, and the commands that an operator has.

mod backup;
mod banner;
mod cli;
mod client;
mod config;
mod dead_letters;
mod demo;
mod doctor;
mod folder;
mod host;
mod keys;
mod outbox;
mod restore;
mod rules;
mod schema;
pub mod serve;
mod services;
mod settings;
mod sizes;
mod token;
mod verify;

use std::{ffi::OsString, process::ExitCode};

use boxoffice_audit::{Databases, Findings, Scope};
use boxoffice_settings::SettingsErrors;
use boxoffice_writer::Writer;
use cli::{Command, Config};
use uuid::Uuid;

pub use config::{sample, settings};
pub use services::{SERVICES, names};
pub use settings::sections;
pub use verify::audit_folder;

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let asked = match cli::read(words.clone()) {
        Ok(asked) => asked,
        Err(error) => return misunderstood(&error, &words),
    };
    let outcome = match &asked.command {
        Command::Config(Config::Check) => config::check(&asked),
        Command::Config(Config::Sample) => {
            print!("{}", config::sample());
            Ok(())
        }
        Command::Config(Config::Show(options)) => config::show(options, &asked),
        Command::Doctor(options) => return doctor::doctor(options, &asked),
        _ if !asked.mistakes.0.is_empty() => return refused(&asked.command, &asked.mistakes),
        Command::Serve(options) => serve::serve(options, asked.settings.clone()),
        Command::Keys(what) => keys::keys(what),
        Command::Token(options) => token::token(options),
        Command::Verify(options) => return verify::verify(options),
        Command::Backup(options) => backup::backup(options),
        Command::Restore(options) => restore::restore(options),
        Command::Sizes(options) => sizes::sizes(options),
        Command::DeadLetters(what) => dead_letters::dead_letters(what),
        Command::Outbox(what) => outbox::outbox(what),
        Command::Rules(options) => rules::rules(options, &asked.settings),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boxoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What keeps the settings from being read keeps `verify` from having found anything: its own codes are 1 and 2.
fn refused(command: &Command, mistakes: &SettingsErrors) -> ExitCode {
    eprintln!("boxoffice: {mistakes}");
    match command {
        Command::Verify(_) => ExitCode::from(verify::COULD_NOT_RUN),
        _ => ExitCode::FAILURE,
    }
}

/// Prints the help that was asked for, or what could not be understood. What `verify` was asked wrongly is no finding
/// either.
fn misunderstood(error: &clap::Error, words: &[OsString]) -> ExitCode {
    // Whoever has closed the pipe does not want to read it.
    let _ = error.print();
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if words.iter().any(|word| word == "verify") => ExitCode::from(verify::COULD_NOT_RUN),
        // Its own code for warnings is 2.
        _ if words.iter().any(|word| word == "doctor") => ExitCode::FAILURE,
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
