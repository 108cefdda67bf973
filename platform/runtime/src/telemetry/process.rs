//! CPU time, memory and threads of the process, read from Linux's `/proc`. On other systems their value is 0.

use std::fs;

use boxoffice_metrics::Metric;
use metrics::{counter, gauge};

/// Ticks of CPU time in a second, on every architecture of Linux that Rust's standard library supports.
const TICKS: u64 = 100;

/// The metrics of the process, named as Prometheus client libraries name them.
pub const METRICS: &[Metric] = &[
    Metric::counter("process_cpu_seconds_total", "User and system CPU time, in whole seconds.", &[]),
    Metric::gauge("process_resident_memory_bytes", "Resident memory of the process.", &[]),
    Metric::gauge("process_threads", "Threads of the process.", &[]),
];

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
