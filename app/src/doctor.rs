//! `doctor`: the whole installation, and what to do about what is not right. Changes nothing.

mod data;
mod installation;
mod keys;

use std::process::ExitCode;

use serde::Serialize;

use crate::{
    cli::{self, Asked},
    folder::{Folder, Holder, Opened},
};

/// Whether something is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// It is.
    Ok,
    /// It works, but somebody should look at it.
    Warn,
    /// It does not work, or will not.
    Fail,
}

/// What was found of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    check: &'static str,
    state: State,
    found: String,
    /// What to do, where it is not right.
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

/// Who has the data.
enum Owner {
    /// Nobody, and nobody can take it while this lives.
    Nobody { _held: Option<Folder> },
    /// A process that runs.
    Running(Holder),
}

/// Prints what was found; see the exit codes in the help.
pub fn doctor(options: &cli::Doctor, asked: &Asked) -> ExitCode {
    let findings = findings(options, asked);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&findings).expect("findings are texts"));
    } else {
        print!("{}", table(&findings));
    }
    match findings.iter().map(|finding| finding.state).max() {
        Some(State::Fail) => ExitCode::from(1),
        Some(State::Warn) => ExitCode::from(2),
        _ => ExitCode::SUCCESS,
    }
}

fn findings(options: &cli::Doctor, asked: &Asked) -> Vec<Finding> {
    let folder = &options.data.data;
    let mut findings = vec![installation::configuration(asked)];
    findings.push(installation::folder(folder));
    let is_there = findings.last().is_some_and(|finding| finding.state != State::Fail);
    if is_there {
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
                "let the user that runs it read the data folder and all that is in it",
            )),
        }
        findings.push(installation::disk(folder, options.free));
    }
    findings
}

/// A folder without a lock file has never been opened.
fn owner(folder: &std::path::Path) -> anyhow::Result<Owner> {
    if !folder.join("lock").exists() {
        return Ok(Owner::Nobody { _held: None });
    }
    Ok(match Folder::look_at(folder)? {
        Opened::Ours(folder) => Owner::Nobody { _held: Some(folder) },
        Opened::Theirs(holder) => Owner::Running(holder),
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
