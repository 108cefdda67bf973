//! What the process takes from its machine, as Linux tells it. Elsewhere these metrics are absent.

use std::fs;

use metrics::{counter, describe_counter, describe_gauge, gauge};

/// How many ticks Linux counts in a second of CPU time, for programs on every architecture that Rust's std supports.
const TICKS: u64 = 100;

pub(super) fn describe() {
    describe_gauge!("process_resident_memory_bytes", "Memory that the process holds.");
    describe_gauge!("process_threads", "Threads of the process.");
    describe_counter!("process_cpu_seconds_total", "User and system CPU time spent, in whole seconds.");
}

pub(super) fn measure() {
    if let Some(kilobytes) = status("VmRSS:") {
        gauge!("process_resident_memory_bytes").set(kilobytes * 1024.0);
    }
    if let Some(threads) = status("Threads:") {
        gauge!("process_threads").set(threads);
    }
    if let Some(seconds) = cpu_seconds() {
        counter!("process_cpu_seconds_total").absolute(seconds);
    }
}

fn status(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

fn cpu_seconds() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets and may hold spaces; utime and stime are fields 14 and 15.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}
