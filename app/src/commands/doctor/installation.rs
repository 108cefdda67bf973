//! Checks of the environment: settings, data folder, disk, port, limits.

use std::{
    fs,
    io::ErrorKind,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use indicatif::HumanBytes;
use rustix::{
    fs::{Access, access, statvfs},
    process::{Resource, getrlimit},
};

use super::{Finding, Owner};
use crate::{command_line::Invocation, commands::config};

/// Free bytes below which the disk counts as full: a write-ahead log of 64 MiB must fit.
const MIN_FREE: u64 = 100 * 1024 * 1024;
/// Each client connection needs one file descriptor, each database a few.
const MIN_DESCRIPTORS: u64 = 1024;

pub(super) fn configuration(invocation: &Invocation) -> Finding {
    const CHECK: &str = "configuration";
    match (config::check_all(invocation), invocation.settings.file()) {
        (Err(errors), _) => {
            let all: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
            Finding::fail(CHECK, all.join("; "), "correct these settings, then run `boxoffice config check`")
        }
        (Ok(()), Some(file)) => Finding::ok(CHECK, format!("{} and the environment are valid", file.path().display())),
        (Ok(()), None) => Finding::ok(CHECK, "the environment is valid; no configuration file"),
    }
}

pub(super) fn folder(path: &Path) -> Finding {
    const CHECK: &str = "data folder";
    match fs::metadata(path) {
        Err(error) => Finding::fail(
            CHECK,
            format!("{}: {error}", path.display()),
            "name the folder with --data, or start the system once, which creates it",
        ),
        Ok(found) if !found.is_dir() => {
            Finding::fail(CHECK, format!("{} is not a folder", path.display()), "name a folder with --data")
        }
        Ok(_) => match access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) => Finding::ok(CHECK, path.display().to_string()),
            Err(error) => Finding::fail(
                CHECK,
                format!("{}: {error}", path.display()),
                "give the folder to the user that runs the system (chown -R)",
            ),
        },
    }
}

pub(super) fn owner(owner: &Owner) -> Finding {
    const CHECK: &str = "process";
    match owner {
        Owner::None { .. } => Finding::ok(CHECK, "the system is stopped"),
        Owner::Running(holder) => match holder.address {
            Some(_) => Finding::ok(CHECK, format!("{holder} uses the data")),
            None => Finding::warn(
                CHECK,
                format!("{holder} uses the data and does not listen yet"),
                "wait a moment; if this persists, see the log of the process",
            ),
        },
    }
}

pub(super) fn port(listen: SocketAddr, owner: &Owner) -> Finding {
    const CHECK: &str = "port";
    match owner {
        Owner::Running(holder) => {
            let Some(address) = holder.address else { return Finding::ok(CHECK, "the system does not listen yet") };
            match TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
                Ok(_) => Finding::ok(CHECK, format!("{address} answers")),
                Err(error) => Finding::fail(
                    CHECK,
                    format!("{address}: {error}"),
                    "see the log of the process; restart it if the log shows no error",
                ),
            }
        }
        Owner::None { .. } => match TcpListener::bind(listen) {
            Ok(_) => Finding::ok(CHECK, format!("{listen} is free")),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::fail(
                CHECK,
                format!("{listen} is in use by another program"),
                "stop that program (`ss -ltnp` shows it), or name another port with --listen",
            ),
            Err(error) => Finding::fail(
                CHECK,
                format!("{listen}: {error}"),
                "name an address of this machine with --listen; ports below 1024 require a privilege",
            ),
        },
    }
}

pub(super) fn descriptors(owner: &Owner) -> Finding {
    const CHECK: &str = "open files";
    let limit = match owner {
        Owner::Running(holder) => limit_of(holder.pid),
        Owner::None { .. } => getrlimit(Resource::Nofile).current,
    };
    match limit {
        Some(limit) if limit < MIN_DESCRIPTORS => Finding::warn(
            CHECK,
            format!("limit: {limit}"),
            format!("allow at least {MIN_DESCRIPTORS}: LimitNOFILE= of the unit, or `ulimit -n`"),
        ),
        Some(limit) => Finding::ok(CHECK, format!("limit: {limit}")),
        None => Finding::ok(CHECK, "the limit is unknown"),
    }
}

/// The soft limit of another process; `None` on systems without `/proc`.
fn limit_of(pid: u32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

pub(super) fn disk(path: &Path, min_free: u64) -> Finding {
    const CHECK: &str = "disk";
    const ADVICE: &str = "free disk space, or move the data folder to a larger disk while the system is stopped";
    let free = match statvfs(path) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::fail(CHECK, format!("{}: {error}", path.display()), ADVICE),
    };
    let data = size_of(path);
    let found = format!("{} free, the data takes {}", HumanBytes(free), HumanBytes(data));
    if free < MIN_FREE {
        Finding::fail(CHECK, found, ADVICE)
    } else if free < min_free.max(data) {
        let min_free = HumanBytes(min_free.max(data));
        Finding::warn(CHECK, format!("{found}; {min_free} should be free"), ADVICE)
    } else {
        Finding::ok(CHECK, found)
    }
}

/// Total size of the databases and their logs.
fn size_of(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}
