//! `verify`: every rule that the data must keep, on a running or a stopped system.

use std::{collections::BTreeSet, process::ExitCode, time::Duration};

use boxoffice_audit::{Databases, Findings, Scope};
use boxoffice_clock::{Clock, Stopwatch};
use boxoffice_database::Database;
use uuid::Uuid;

use crate::{
    cli,
    client::Client,
    folder::{Folder, Opened},
    operator::AuditOf,
    services::SERVICES,
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

fn could_not_run(error: &anyhow::Error) -> ExitCode {
    eprintln!("boxoffice: {error:#}");
    ExitCode::from(3)
}

async fn findings(options: &cli::Verify) -> anyhow::Result<Findings> {
    match Folder::open_existing(&options.data.data)? {
        Opened::Ours(folder) => stopped(&folder),
        Opened::Theirs(holder) => {
            let client = Client::of(&holder, &options.data.data)?;
            running(&client, options.wait).await
        }
    }
}

/// Nothing moves in a stopped system: one look tells all.
fn stopped(folder: &Folder) -> anyhow::Result<Findings> {
    let names = SERVICES.iter().map(|service| service.name).chain(["provider"]);
    let mut snapshots = Vec::new();
    for name in names {
        let file = folder.path().join(format!("{name}.sqlite"));
        if file.exists() {
            snapshots.push((name, Database::open(&format!("sqlite:{}", file.display()), &[])?.snapshot()?));
        }
    }
    boxoffice_audit::audit(&Databases::new(snapshots), Clock::machine().now(), &Scope::Everything)
}

/// Looks once, then again at what had not settled, until it has or the time is over.
async fn running(client: &Client, wait: Duration) -> anyhow::Result<Findings> {
    let (clock, watch) = (Clock::machine(), Stopwatch::start());
    let mut findings: Findings = client.post("/api/v1/audits", &AuditOf::default()).await?;
    while !findings.is_settled() && watch.elapsed() < wait {
        clock.sleep(Duration::from_millis(500)).await;
        let unsettled: BTreeSet<Uuid> = findings.unsettled().collect();
        let only = Some(unsettled.into_iter().collect());
        let again: Findings = client.post("/api/v1/audits", &AuditOf { only }).await?;
        findings = findings.updated_by(again);
    }
    Ok(findings)
}
