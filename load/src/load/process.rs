//! Resource usage of processes, from `/proc` (proc(5)).

use std::{
    collections::BTreeMap,
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// Resource usage of a process since its start.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// User and system CPU time.
    pub cpu: Duration,
    /// Resident set, in bytes.
    pub resident: u64,
}

impl Usage {
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        Self::read(&format!("/proc/{pid}"))
    }

    pub fn of_self() -> anyhow::Result<Self> {
        Self::read("/proc/self")
    }

    fn read(folder: &str) -> anyhow::Result<Self> {
        let (_, cpu, pages) = stat(folder)?;
        Ok(Self { cpu, resident: pages * rustix::param::page_size() as u64 })
    }
}

/// The name, CPU time and resident pages of a process or thread.
fn stat(folder: &str) -> anyhow::Result<(String, Duration, u64)> {
    let text = fs::read_to_string(format!("{folder}/stat")).context("the process has ended")?;
    // The name is in parentheses and may itself contain spaces and parentheses.
    let (front, rest) = text.rsplit_once(')').context("stat has a name")?;
    let name = front.split_once('(').map_or(front, |(_, name)| name).to_owned();
    let fields: Vec<u64> = rest.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    let field = |number: usize| fields.get(number - 3).copied().unwrap_or(0);
    let ticks = field(14) + field(15);
    let cpu = Duration::from_micros(ticks * 1_000_000 / rustix::param::clock_ticks_per_second());
    Ok((name, cpu, field(24)))
}

/// CPU time by the name of the thread.
pub fn threads(pid: u32) -> anyhow::Result<BTreeMap<String, Duration>> {
    let mut used = BTreeMap::<String, Duration>::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end during the listing.
        if let Ok((name, cpu, _)) = stat(&thread?.path().to_string_lossy()) {
            *used.entry(name).or_default() += cpu;
        }
    }
    Ok(used)
}

/// CPU time between two readings, largest first.
pub fn since(before: &BTreeMap<String, Duration>, after: &BTreeMap<String, Duration>) -> Vec<(String, Duration)> {
    let used = |(name, cpu): (&String, &Duration)| {
        (name.clone(), cpu.saturating_sub(before.get(name).copied().unwrap_or_default()))
    };
    let mut used: Vec<_> = after.iter().map(used).filter(|(_, cpu)| !cpu.is_zero()).collect();
    used.sort_by_key(|(_, cpu)| std::cmp::Reverse(*cpu));
    used
}

/// A running `perf record`. Dropping the value ends it and writes its file.
pub struct Recording(Child);

/// Records the functions of `pid` into `FOLDER/perf.data`; `None` if `perf` is missing or not permitted.
pub fn record(pid: u32, folder: &str) -> Option<Recording> {
    let file = format!("{folder}/perf.data");
    let pid = pid.to_string();
    let arguments = ["record", "--quiet", "--freq", "499", "-g", "--pid", &pid, "--output", &file];
    let started = Command::new("perf").args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    match started {
        Ok(child) => {
            eprintln!("perf records into {file}");
            Some(Recording(child))
        }
        Err(error) => {
            eprintln!("perf cannot be run ({error}): CPU time is reported by thread only");
            None
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.0.id().cast_signed()) {
            let _ = kill_process(pid, Signal::INT);
        }
        let _ = self.0.wait();
    }
}
