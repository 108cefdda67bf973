//! `verify`: every rule that the data must keep, on a running or a stopped system.

use std::{collections::BTreeSet, path::Path, process::ExitCode, time::Duration};

use boxoffice_audit::{Databases, Findings, Scope};
use boxoffice_clock::{Clock, Stopwatch};
use boxoffice_database::Snapshot;
use boxoffice_operator::AuditRequest;
use uuid::Uuid;

use crate::{
    cli,
    client::{Client, Reached, reach},
    folder::{Folder, Opened},
    schema,
};

/// Prints what was found; see the exit codes in the help.
pub fn verify(options: &cli::Verify) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return could_not_run(&error.into()),
    };
    match runtime.block_on(findings(options)) {
        Ok(findings) => {
            print!("{findings}");
            ExitCode::from(findings.exit_code())
        }
        Err(error) => could_not_run(&error),
    }
}

/// The exit code of an audit that did not take place.
pub const COULD_NOT_RUN: u8 = 3;

fn could_not_run(error: &anyhow::Error) -> ExitCode {
    eprintln!("boxoffice: {error:#}");
    ExitCode::from(COULD_NOT_RUN)
}

async fn findings(options: &cli::Verify) -> anyhow::Result<Findings> {
    match reach(&options.data.data).await? {
        Reached::Stopped(folder) => stopped(&folder),
        Reached::Running(client) => running(&client, options.wait).await,
    }
}

/// Checks every rule on the data of a stopped system, whose folder nobody else can open meanwhile.
///
/// # Errors
/// When there is no data in it, a process has it, or a database cannot be read.
pub fn audit_folder(data: &Path) -> anyhow::Result<Findings> {
    match Folder::open_existing(data)? {
        Opened::Ours(folder) => stopped(&folder),
        Opened::Theirs(holder) => anyhow::bail!("{} is in use by {holder}", data.display()),
    }
}

/// Nothing moves in a stopped system: one look tells all. Time stands still, too: what has run out since would have
/// been ended by a system that runs.
fn stopped(folder: &Folder) -> anyhow::Result<Findings> {
    let mut snapshots = Vec::new();
    for name in schema::databases() {
        let file = folder.path().join(format!("{name}.sqlite"));
        if file.exists() {
            let snapshot = Snapshot::of_file(&file)?;
            schema::must_be_that_of_this_program(name, &snapshot)?;
            snapshots.push((name, snapshot));
        }
    }
    let databases = Databases::new(snapshots);
    let stopped_at = databases.latest()?.unwrap_or_else(|| Clock::machine().now());
    boxoffice_audit::audit(&databases, stopped_at, &Scope::Everything)
}

/// Looks once, then again at what had not settled, until it has or the time is over.
async fn running(client: &Client, wait: Duration) -> anyhow::Result<Findings> {
    let (clock, watch) = (Clock::machine(), Stopwatch::start());
    let mut findings: Findings = client.post("/api/v1/audits", &AuditRequest::default()).await?;
    while !findings.is_settled() && watch.elapsed() < wait {
        clock.sleep(Duration::from_millis(500)).await;
        let unsettled: BTreeSet<Uuid> = findings.unsettled().collect();
        let only = Some(unsettled.into_iter().collect());
        let again: Findings = client.post("/api/v1/audits", &AuditRequest { only }).await?;
        findings = findings.updated_by(again);
    }
    Ok(findings)
}
