//! Books as fast as the program takes it, and tells how fast that was: `cargo xtask load --help`.

mod load;

use std::process::ExitCode;

use clap::Parser;

/// Book as fast as the program takes it, and tell how fast that was.
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
