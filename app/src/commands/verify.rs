//! `verify`: checks every invariant of the data, on a running or a stopped system.

use std::{collections::BTreeSet, path::Path, process::ExitCode, time::Duration};

use boxoffice_audit::{Databases, Findings, Scope};
use boxoffice_clock::{Clock, Stopwatch};
use boxoffice_database::{Database, Snapshot};
use boxoffice_operator::AuditRequest;
use clap::Args;
use uuid::Uuid;

use crate::{
    client::{Client, Connection, connect},
    command_line::DataOption,
    folder::{Folder, OpenResult},
    schema,
};

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub data: DataOption,
    /// How long to wait for messages in transit on a running system
    #[arg(long, env = "BOXOFFICE_VERIFY_WAIT", default_value = "30s", value_parser = humantime::parse_duration)]
    pub wait: Duration,
}

impl Verify {
    /// Prints the findings and returns the exit code that the help documents.
    pub fn run(&self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return could_not_run(&error.into()),
        };
        match runtime.block_on(self.findings()) {
            Ok(findings) => {
                print!("{findings}");
                ExitCode::from(findings.exit_code())
            }
            Err(error) => could_not_run(&error),
        }
    }

    async fn findings(&self) -> anyhow::Result<Findings> {
        match connect(&self.data.data).await? {
            Connection::Stopped(folder) => audit_stopped(&folder),
            Connection::Running(client) => audit_running(&client, self.wait).await,
        }
    }
}

/// Exit code of an audit that could not run.
pub const COULD_NOT_RUN: u8 = 3;

fn could_not_run(error: &anyhow::Error) -> ExitCode {
    eprintln!("boxoffice: {error:#}");
    ExitCode::from(COULD_NOT_RUN)
}

/// Checks every invariant on the data of a stopped system. Holds the lock of the folder meanwhile.
///
/// # Errors
/// The folder contains no data or is in use, or a database cannot be read.
pub fn audit_folder(data: &Path) -> anyhow::Result<Findings> {
    match Folder::open_existing(data)? {
        OpenResult::Opened(folder) => audit_stopped(&folder),
        OpenResult::InUse(holder) => anyhow::bail!("{} is in use by {holder}", data.display()),
    }
}

/// Audits a stopped system as of its last change: deadlines that passed since then are not violations.
fn audit_stopped(folder: &Folder) -> anyhow::Result<Findings> {
    let mut snapshots = Vec::new();
    for name in schema::databases() {
        let file = Database::file_in(folder.path(), name);
        if file.exists() {
            let snapshot = Snapshot::of_file(&file)?;
            schema::must_match_program(name, &snapshot)?;
            snapshots.push((name, snapshot));
        }
    }
    let databases = Databases::new(snapshots);
    let stopped_at = databases.latest()?.unwrap_or_else(|| Clock::system().now());
    boxoffice_audit::audit(&databases, stopped_at, &Scope::Everything)
}

/// Audits everything once, then repeats the audit for unsettled bookings until they settle or `wait` is over.
async fn audit_running(client: &Client, wait: Duration) -> anyhow::Result<Findings> {
    let (clock, watch) = (Clock::system(), Stopwatch::start());
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
