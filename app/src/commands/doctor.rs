//! `doctor`: diagnoses the installation and suggests remedies. Changes nothing.

mod data;
mod installation;
mod keys;

use std::{net::SocketAddr, path::Path, process::ExitCode};

use clap::Args;
use serde::Serialize;

use crate::{
    command_line::{DataOption, Invocation},
    folder::{Folder, Holder, OpenResult},
};

#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    pub data: DataOption,
    /// Address and port on which `serve` would listen
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Warn if fewer bytes are free on the disk of the data; at least the size of the data
    #[arg(long, env = "BOXOFFICE_DOCTOR_FREE", default_value = "1073741824", value_name = "BYTES")]
    pub free: u64,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// The check found no problem.
    Ok,
    /// The system works, but an operator should act.
    Warn,
    /// The system does not work, or will not start.
    Fail,
}

/// Result of a check, with its explanation.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    check: &'static str,
    state: State,
    found: String,
    /// Suggested remedy, unless the check passed.
    #[serde(rename = "do")]
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), advice: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Fail, found: found.into(), advice: Some(advice.into()) }
    }
}

/// The process that holds the data folder.
enum Owner {
    /// No process. The folder stays locked during the checks.
    None { _lock: Option<Folder> },
    /// The process of a running system.
    Running(Holder),
}

impl Doctor {
    /// Prints the findings and returns the exit code that the help documents.
    pub fn run(&self, invocation: &Invocation) -> ExitCode {
        let findings = findings(self, invocation);
        if self.json {
            println!("{}", serde_json::to_string_pretty(&findings).expect("findings serialize to JSON"));
        } else {
            print!("{}", table(&findings));
        }
        match findings.iter().map(|finding| finding.state).max() {
            Some(State::Fail) => ExitCode::from(1),
            Some(State::Warn) => ExitCode::from(2),
            _ => ExitCode::SUCCESS,
        }
    }
}

fn findings(options: &Doctor, invocation: &Invocation) -> Vec<Finding> {
    let folder = &options.data.data;
    let mut findings = vec![installation::configuration(invocation)];
    findings.push(installation::folder(folder));
    let is_usable = findings.last().is_some_and(|finding| finding.state != State::Fail);
    if is_usable {
        match owner(folder) {
            Ok(owner) => {
                findings.push(installation::owner(&owner));
                findings.extend(data::all(folder, &owner));
                findings.extend(keys::all(folder));
                findings.push(installation::port(options.listen, &owner));
                findings.push(installation::descriptors(&owner));
            }
            Err(error) => findings.push(Finding::fail(
                "lock",
                format!("{error:#}"),
                "give the user that runs the system read access to the data folder and its content",
            )),
        }
        findings.push(installation::disk(folder, options.free));
    }
    findings
}

/// Locks the folder, unless a running process holds it. A folder without a lock file was never used.
fn owner(folder: &Path) -> anyhow::Result<Owner> {
    if !folder.join("lock").exists() {
        return Ok(Owner::None { _lock: None });
    }
    Ok(match Folder::open_read_only(folder)? {
        OpenResult::Opened(folder) => Owner::None { _lock: Some(folder) },
        OpenResult::InUse(holder) => Owner::Running(holder),
    })
}

fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { check, state, found, advice } in findings {
        let state = format!("{state:?}").to_uppercase();
        text.push_str(&format!("{state:4}  {check:width$}  {found}\n"));
        if let Some(advice) = advice {
            text.push_str(&format!("{:4}  {:width$}  -> {advice}\n", "", ""));
        }
    }
    text
}
