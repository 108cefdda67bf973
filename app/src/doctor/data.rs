//! What stands in the databases. Each is read as it is, and not changed.

use std::{collections::BTreeMap, path::Path, time::Duration};

use boxoffice_audit::Databases;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_database::{Database, Error, Snapshot};
use boxoffice_outbox::{Cursor, DeferredMessage, DeferredState, LogHead, OutboxMessage};

use super::{Finding, Owner};
use crate::{schema, services::SERVICES};

/// How far the machine's clock may be behind the data: as far as clocks are set back in daily life.
const SET_BACK: Duration = Duration::from_secs(60);
/// A message that a running system has not heard for so long is stuck.
const STUCK: Duration = Duration::from_secs(60);

type All = BTreeMap<&'static str, Snapshot>;

pub(super) fn all(folder: &Path, owner: &Owner) -> Vec<Finding> {
    let is_running = matches!(owner, Owner::Running(_));
    let (databases, mut findings) = (opened(folder, is_running), Vec::new());
    let databases = match databases {
        Ok(databases) => databases,
        Err(finding) => return vec![*finding],
    };
    findings.push(migrations(&databases));
    if is_running {
        findings.push(Finding::ok("integrity", "not looked at while the system runs"));
    } else {
        findings.push(integrity(&databases));
    }
    findings.push(heard(&databases, is_running).unwrap_or_else(|error| unreadable("outbox", &error)));
    findings.extend(waiting(&databases).unwrap_or_else(|error| vec![unreadable("retries", &error)]));
    findings.push(clock(databases));
    findings
}

fn unreadable(check: &'static str, error: &Error) -> Finding {
    Finding::fail(
        check,
        error.to_string(),
        "see what is said of migrations and integrity; restore a backup if in doubt",
    )
}

fn opened(folder: &Path, is_running: bool) -> Result<All, Box<Finding>> {
    let mut all = All::new();
    for name in schema::databases() {
        let file = Database::file_in(folder, name);
        let opened = if is_running { Snapshot::of_file(&file) } else { Snapshot::of_closed_file(&file) };
        let opened = opened.map_err(|error| {
            let advice = if file.exists() {
                "let the user that runs it read it; if it is no database, restore a backup"
            } else {
                "name the data folder with --data; if it is the right one, start it once, or restore a backup"
            };
            Box::new(Finding::fail("databases", format!("{}: {error}", file.display()), advice))
        })?;
        all.insert(name, opened);
    }
    Ok(all)
}

fn migrations(databases: &All) -> Finding {
    const CHECK: &str = "migrations";
    let mut pending = Vec::new();
    for (name, snapshot) in databases {
        match snapshot.pending(&schema::known(name)) {
            Ok(0) => {}
            Ok(number) => pending.push(format!("{} lacks {number}", Database::file_name(name))),
            Err(error) => {
                return Finding::fail(
                    CHECK,
                    format!("{}: {error}", Database::file_name(name)),
                    "run the version of the program that the data is of, or a newer one; or restore a backup",
                );
            }
        }
    }
    if pending.is_empty() {
        Finding::ok(CHECK, format!("all have run in {} databases", databases.len()))
    } else {
        Finding::warn(CHECK, pending.join(", "), "make a backup, then start the system, which runs them")
    }
}

fn integrity(databases: &All) -> Finding {
    const CHECK: &str = "integrity";
    for (name, snapshot) in databases {
        let damage = snapshot.integrity_errors().unwrap_or_else(|error| vec![error.to_string()]);
        if let Some(first) = damage.first() {
            return Finding::fail(
                CHECK,
                format!("{} is damaged: {first}", Database::file_name(name)),
                "restore the last backup, and check the disk: a database is not damaged by a crash",
            );
        }
    }
    Finding::ok(CHECK, format!("{} databases are whole", databases.len()))
}

/// How far each listener has heard each log.
fn heard(databases: &All, is_running: bool) -> Result<Finding, Error> {
    const CHECK: &str = "outbox";
    let (mut kept, mut behind, mut oldest) = (0, Vec::new(), None::<Timestamp>);
    for service in SERVICES {
        let Some(snapshot) = databases.get(service.name) else { continue };
        kept += snapshot.sizes()?.iter().find(|size| size.table == "outbox").map_or(0, |size| size.rows);
        for cursor in snapshot.select::<Cursor>("", Vec::new())? {
            let Some(log) = databases.get(&*cursor.source) else { continue };
            let head = log.select::<LogHead>("", Vec::new())?.first().map_or(0, |head| head.last_position);
            if head > cursor.position {
                let since = OutboxMessage::next_after(log, cursor.position)?.map(|message| message.published_at);
                oldest = [oldest, since].into_iter().flatten().min();
                behind.push(format!("{} is {} behind {}", service.name, head - cursor.position, cursor.source));
            }
        }
    }
    let Some(oldest) = oldest else {
        return Ok(Finding::ok(CHECK, format!("{kept} messages are kept, all of them are heard")));
    };
    let found = format!("{}; the oldest unheard message is of {oldest}", behind.join(", "));
    let age = Clock::system().now().since(oldest);
    Ok(match is_running {
        true if age > STUCK => Finding::fail(
            CHECK,
            found,
            "look at the log of the process for the listener's errors; a start anew goes on where it stopped",
        ),
        true => Finding::ok(CHECK, found),
        false => Finding::ok(CHECK, format!("{found}; all of it goes on at the next start")),
    })
}

fn waiting(databases: &All) -> Result<Vec<Finding>, Error> {
    let (mut waiting, mut dead) = (Vec::new(), Vec::new());
    for service in SERVICES {
        let Some(snapshot) = databases.get(service.name) else { continue };
        for retry in snapshot.select::<DeferredMessage>("", Vec::new())? {
            let list = if retry.state == DeferredState::DeadLettered { &mut dead } else { &mut waiting };
            list.push(format!("{}/{}/{}", service.name, retry.source, retry.position));
        }
    }
    let some = |all: &[String]| all.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let retries = match waiting.len() {
        0 => Finding::ok("retries", "no message is tried again"),
        number => Finding::warn(
            "retries",
            format!("{number} messages failed and are tried again: {}", some(&waiting)),
            "wait; those that go on failing become dead letters, with the reason",
        ),
    };
    let letters = match dead.len() {
        0 => Finding::ok("dead letters", "no message is parked"),
        number => Finding::warn(
            "dead letters",
            format!("{number} messages are parked: {}", some(&dead)),
            "see why with `boxoffice dead-letters show ID`; put the cause right, then `boxoffice dead-letters replay ID`",
        ),
    };
    Ok(vec![retries, letters])
}

/// Time is not written ahead: what is in the data was now when it was written.
fn clock(databases: All) -> Finding {
    const CHECK: &str = "clock";
    let now = Clock::system().now();
    match Databases::new(databases.into_iter().collect()).latest() {
        Err(error) => Finding::fail(CHECK, format!("{error:#}"), "see what is said of migrations and integrity"),
        Ok(Some(latest)) if latest.minus(SET_BACK) > now => Finding::fail(
            CHECK,
            format!("it is {now} here, and the data was written at {latest}"),
            "set the clock of this machine (NTP) before the system runs: holds and payments end by it",
        ),
        Ok(Some(latest)) => Finding::ok(CHECK, format!("it is {now}, the last change is of {latest}")),
        Ok(None) => Finding::ok(CHECK, format!("it is {now}, and nothing was written yet")),
    }
}
