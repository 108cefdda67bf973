//! What developers run that is not a test: `cargo run --release -p xtask -- --help`.

mod load;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What developers run that is not a test.
#[derive(Debug, Parser)]
#[command(name = "cargo run --release -p xtask --")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Book as fast as the program takes it, and tell how fast that was
    #[command(after_help = load::PROFILING)]
    Load(load::Options),
}

fn main() -> ExitCode {
    let Task::Load(options) = Cli::parse().task;
    match load::load(&options) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
