//! Checks of the databases, which are opened read-only.

use std::{collections::BTreeMap, path::Path, time::Duration};

use boxoffice_audit::Databases;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_database::{Database, Error, Snapshot};
use boxoffice_outbox::{Cursor, DeferredMessage, DeferredState, LogHead, OutboxMessage};

use super::{Finding, Owner};
use crate::{schema, services::SERVICES};

/// How far the machine's clock may be behind the data without a finding.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(60);
/// Age after which an unconsumed message of a running system is reported.
const MAX_CONSUMER_LAG: Duration = Duration::from_secs(60);

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
        findings.push(Finding::ok("integrity", "not checked while the system runs"));
    } else {
        findings.push(integrity(&databases));
    }
    findings.push(outbox(&databases, is_running).unwrap_or_else(|error| unreadable("outbox", &error)));
    findings.extend(deferred(&databases).unwrap_or_else(|error| vec![unreadable("deferred messages", &error)]));
    findings.push(clock(databases));
    findings
}

fn unreadable(check: &'static str, error: &Error) -> Finding {
    Finding::fail(
        check,
        error.to_string(),
        "see the findings on migrations and integrity; restore a backup if in doubt",
    )
}

fn opened(folder: &Path, is_running: bool) -> Result<All, Box<Finding>> {
    let mut all = All::new();
    for name in schema::databases() {
        let file = Database::file_in(folder, name);
        let opened = if is_running { Snapshot::of_file(&file) } else { Snapshot::of_closed_file(&file) };
        let opened = opened.map_err(|error| {
            let advice = if file.exists() {
                "give the user that runs the system read access; if the file is not a database, restore a backup"
            } else {
                "name the data folder with --data; if it is the right one, start the system once, or restore a backup"
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
        match snapshot.pending(&schema::migrations(name)) {
            Ok(0) => {}
            Ok(number) => pending.push(format!("{} lacks {number}", Database::file_name(name))),
            Err(error) => {
                return Finding::fail(
                    CHECK,
                    format!("{}: {error}", Database::file_name(name)),
                    "run the version of the program that wrote the data, or a newer one; or restore a backup",
                );
            }
        }
    }
    if pending.is_empty() {
        Finding::ok(CHECK, format!("all migrations have run in {} databases", databases.len()))
    } else {
        Finding::warn(CHECK, pending.join(", "), "create a backup, then start the system, which runs them")
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
                "restore the last backup, and check the disk: a crash does not damage a database",
            );
        }
    }
    Finding::ok(CHECK, format!("{} databases are undamaged", databases.len()))
}

/// How far each consumer is behind each log.
fn outbox(databases: &All, is_running: bool) -> Result<Finding, Error> {
    const CHECK: &str = "outbox";
    let (mut retained, mut behind, mut oldest) = (0, Vec::new(), None::<Timestamp>);
    for service in SERVICES {
        let Some(snapshot) = databases.get(service.name) else { continue };
        retained += snapshot.sizes()?.iter().find(|size| size.table == "outbox").map_or(0, |size| size.rows);
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
        return Ok(Finding::ok(CHECK, format!("{retained} messages are retained, all of them are consumed")));
    };
    let found = format!("{}; the oldest unconsumed message was published at {oldest}", behind.join(", "));
    let age = Clock::system().now().since(oldest);
    Ok(match is_running {
        true if age > MAX_CONSUMER_LAG => Finding::fail(
            CHECK,
            found,
            "see the consumer's errors in the log of the process; after a restart it continues where it stopped",
        ),
        true => Finding::ok(CHECK, found),
        false => Finding::ok(CHECK, format!("{found}; consumers continue at the next start")),
    })
}

fn deferred(databases: &All) -> Result<Vec<Finding>, Error> {
    let (mut deferred, mut dead) = (Vec::new(), Vec::new());
    for service in SERVICES {
        let Some(snapshot) = databases.get(service.name) else { continue };
        for message in snapshot.select::<DeferredMessage>("", Vec::new())? {
            let list = if message.state == DeferredState::DeadLettered { &mut dead } else { &mut deferred };
            list.push(format!("{}/{}/{}", service.name, message.source, message.position));
        }
    }
    let examples = |all: &[String]| all.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let deferred = match deferred.len() {
        0 => Finding::ok("deferred messages", "no message is deferred"),
        number => Finding::warn(
            "deferred messages",
            format!("{number} messages failed and are deferred: {}", examples(&deferred)),
            "wait; messages that keep failing become dead letters, with the error",
        ),
    };
    let dead_letters = match dead.len() {
        0 => Finding::ok("dead letters", "no dead letters"),
        number => Finding::warn(
            "dead letters",
            format!("{number} dead letters: {}", examples(&dead)),
            "see the error with `boxoffice dead-letters show ID`; remove its cause, then run `boxoffice dead-letters replay ID`",
        ),
    };
    Ok(vec![deferred, dead_letters])
}

/// The data contains no time in the future, so the clock of the machine must not be behind it.
fn clock(databases: All) -> Finding {
    const CHECK: &str = "clock";
    let now = Clock::system().now();
    match Databases::new(databases.into_iter().collect()).latest() {
        Err(error) => Finding::fail(CHECK, format!("{error:#}"), "see the findings on migrations and integrity"),
        Ok(Some(latest)) if latest.minus(MAX_CLOCK_SKEW) > now => Finding::fail(
            CHECK,
            format!("the time is {now}, but the data was written at {latest}"),
            "set the clock of this machine (NTP) before the system runs: holds and payments expire by it",
        ),
        Ok(Some(latest)) => Finding::ok(CHECK, format!("the time is {now}, the last change was at {latest}")),
        Ok(None) => Finding::ok(CHECK, format!("the time is {now}, and no data has been written")),
    }
}
