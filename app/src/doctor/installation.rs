//! What the program runs on: settings, folder, disk, port, limits.

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
use crate::{cli::Asked, config};

/// Below this, whatever is asked for, the disk is as good as full: a log of 64 MiB has to find room.
const FULL: u64 = 100 * 1024 * 1024;
/// A client's connection takes one, each database a few.
const DESCRIPTORS: u64 = 1024;

pub(super) fn configuration(asked: &Asked) -> Finding {
    const CHECK: &str = "configuration";
    match (config::mistakes(asked), asked.settings.file()) {
        (Err(mistakes), _) => {
            let all: Vec<String> = mistakes.0.iter().map(ToString::to_string).collect();
            Finding::fail(CHECK, all.join("; "), "put right what it names; `boxoffice config check` says when all fits")
        }
        (Ok(()), Some(file)) => Finding::ok(CHECK, format!("{} and the environment fit", file.path().display())),
        (Ok(()), None) => Finding::ok(CHECK, "the environment fits; there is no file of settings"),
    }
}

pub(super) fn folder(path: &Path) -> Finding {
    const CHECK: &str = "data folder";
    match fs::metadata(path) {
        Err(error) => Finding::fail(
            CHECK,
            format!("{}: {error}", path.display()),
            "name the folder with --data, or start the system once, which makes it",
        ),
        Ok(found) if !found.is_dir() => {
            Finding::fail(CHECK, format!("{} is no folder", path.display()), "name a folder with --data")
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
        Owner::Nobody { .. } => Finding::ok(CHECK, "none has the data: the system is stopped"),
        Owner::Running(holder) => match holder.address {
            Some(_) => Finding::ok(CHECK, format!("{holder} has the data")),
            None => Finding::warn(
                CHECK,
                format!("{holder} has the data and does not listen yet"),
                "wait a moment; if it stays so, look at its log",
            ),
        },
    }
}

pub(super) fn port(listen: SocketAddr, owner: &Owner) -> Finding {
    const CHECK: &str = "port";
    match owner {
        Owner::Running(holder) => {
            let Some(address) = holder.address else { return Finding::ok(CHECK, "none is taken yet") };
            match TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
                Ok(_) => Finding::ok(CHECK, format!("{address} answers")),
                Err(error) => Finding::fail(
                    CHECK,
                    format!("{address}: {error}"),
                    "look at the log of the process; end it and start it again if it says nothing",
                ),
            }
        }
        Owner::Nobody { .. } => match TcpListener::bind(listen) {
            Ok(_) => Finding::ok(CHECK, format!("{listen} is free")),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::fail(
                CHECK,
                format!("{listen} is taken by another program"),
                "end that program (`ss -ltnp` names it), or name another port with --listen",
            ),
            Err(error) => Finding::fail(
                CHECK,
                format!("{listen}: {error}"),
                "name an address of this machine with --listen; ports below 1024 need a privilege",
            ),
        },
    }
}

pub(super) fn descriptors(owner: &Owner) -> Finding {
    const CHECK: &str = "open files";
    let limit = match owner {
        Owner::Running(holder) => limit_of(holder.pid),
        Owner::Nobody { .. } => getrlimit(Resource::Nofile).current,
    };
    match limit {
        Some(most) if most < DESCRIPTORS => Finding::warn(
            CHECK,
            format!("at most {most} may be open"),
            format!("allow at least {DESCRIPTORS}: LimitNOFILE= of the unit, or `ulimit -n`"),
        ),
        Some(most) => Finding::ok(CHECK, format!("at most {most} may be open")),
        None => Finding::ok(CHECK, "no limit is known"),
    }
}

/// The limit of another process, where the system tells it, as Linux does.
fn limit_of(pid: u32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

pub(super) fn disk(path: &Path, wanted: u64) -> Finding {
    const CHECK: &str = "disk";
    const ADVICE: &str = "make room, or move the data folder to a larger disk while the system is stopped";
    let free = match statvfs(path) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::fail(CHECK, format!("{}: {error}", path.display()), ADVICE),
    };
    let data = size_of(path);
    let found = format!("{} free, the data takes {}", HumanBytes(free), HumanBytes(data));
    if free < FULL {
        Finding::fail(CHECK, found, ADVICE)
    } else if free < wanted.max(data) {
        let wanted = HumanBytes(wanted.max(data));
        Finding::warn(CHECK, format!("{found}; {wanted} should be free"), ADVICE)
    } else {
        Finding::ok(CHECK, found)
    }
}

/// Bytes of the files right in the folder: the databases and their logs.
fn size_of(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}
