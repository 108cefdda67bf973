//! Developer tasks: `cargo xtask help`.
//!
//! The crate must have no dependencies: it is built first, and a library with other features than in the workspace would be
//! built twice.

mod tools;

use std::{
    env,
    ffi::OsString,
    io,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

const HELP: &str = "\
Developer tasks.

  cargo xtask test [ARGS]     Install missing test tools, then run `cargo test --workspace --locked ARGS`
  cargo xtask load [ARGS]     Run the load generator against the release build; see `cargo xtask load --help`
";

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let task = args.next().unwrap_or_default();
    let outcome = match task.to_str() {
        Some("test") => test(args),
        Some("load") => Err(become_cargo(&["run", "--release", "--locked", "-p", "boxoffice-load", "--"], args).into()),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("unknown task {task:?}\n\n{HELP}").into()),
    };
    match outcome {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Uninhabited: on success, cargo has replaced this process.
enum Gone {}

fn test(args: impl Iterator<Item = OsString>) -> Result<Gone, Box<dyn std::error::Error>> {
    tools::install_missing()?;
    Err(become_cargo(&["test", "--workspace", "--locked"], args).into())
}

/// Replaces this process with cargo. Returns only when cargo cannot be started.
fn become_cargo(what: &[&str], args: impl Iterator<Item = OsString>) -> io::Error {
    Command::new("cargo").args(what).args(args).exec()
}
