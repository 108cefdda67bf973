//! Load generator: sends bookings as fast as the program accepts them and reports throughput and latency.

mod load;

use std::process::ExitCode;

use clap::Parser;

/// Send bookings as fast as the program accepts them, and report throughput and latency.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask load", after_help = load::PROFILING)]
struct Cli {
    #[command(flatten)]
    options: load::Options,
}

fn main() -> ExitCode {
    match load::load(&Cli::parse().options) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}
