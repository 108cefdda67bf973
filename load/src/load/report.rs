//! The report of a run.

use std::time::Duration;

use super::{book::Booked, metrics::Writer, settle::Completion};

/// The results of a run.
pub struct Report {
    pub connections: usize,
    pub booked: Booked,
    pub completion: Completion,
    /// Time from the first request to the last response.
    pub accepting: Duration,
    /// Time from the first request until the last booking was complete.
    pub completing: Duration,
    pub server_cpu: Duration,
    /// Resident set of the program, in bytes.
    pub server_resident: u64,
    /// CPU time of the generator until the last response.
    pub own_cpu: Duration,
    pub writers: Vec<Writer>,
    pub threads: Vec<(String, Duration)>,
}

impl Report {
    /// Whether every request became a booking, and every booking was paid, ticketed and notified.
    pub fn is_complete(&self) -> bool {
        self.booked.others.is_empty() && self.completion.complete == self.booked.accepted
    }

    /// Prints the report on standard output.
    pub fn print(&self) {
        let (accepted, complete) = (self.booked.accepted, self.completion.complete);
        let row = |name: &str, value: String| println!("{name:<34}{value:>14}");
        let rate = |count: u64, span: Duration| format!("{:.0}", count as f64 / span.as_secs_f64());
        let each = |cpu: Duration, count: u64| format!("{:.0} us", cpu.as_secs_f64() * 1e6 / count.max(1) as f64);
        row("connections", self.connections.to_string());
        row("bookings accepted", accepted.to_string());
        row("bookings complete", complete.to_string());
        row("refused with a retry delay (503, 429)", self.booked.refused.to_string());
        for (status, (count, text)) in &self.booked.others {
            row(&format!("answered {status}"), count.to_string());
            println!("  {text}");
        }
        row("accepted per second", rate(accepted, self.accepting));
        row("complete per second", rate(complete, self.completing));
        row("all complete after", format!("{:.2} s", self.completing.as_secs_f64()));
        for (name, quantile) in [("50 %", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999), ("longest", 1.0)] {
            let micros = self.booked.latency.value_at_quantile(quantile);
            row(&format!("POST /bookings, {name}"), format!("{:.1} ms", micros as f64 / 1000.0));
        }
        row("CPU of the program, each complete", each(self.server_cpu, complete));
        row("CPU of this generator, each", each(self.own_cpu, accepted));
        row("resident set of the program", format!("{} MB", self.server_resident / 1_000_000));
        self.print_writers();
        self.print_threads();
        if let Some(missing) = &self.completion.missing {
            println!("\nnot complete: {missing}");
        }
    }

    fn print_writers(&self) {
        if !self.writers.is_empty() {
            println!("\n{:<20}{:>10}{:>14}{:>14}", "writer", "batches", "in each", "commit");
        }
        for Writer { service, batches, members, commit } in &self.writers {
            println!("{service:<20}{batches:>10.0}{members:>14.1}{:>14}", format!("{commit:.2} ms"));
        }
    }

    fn print_threads(&self) {
        if !self.threads.is_empty() {
            println!("\n{:<20}{:>10}{:>14}", "threads", "CPU", "each complete");
        }
        for (name, cpu) in &self.threads {
            let each = cpu.as_secs_f64() * 1e6 / self.completion.complete.max(1) as f64;
            println!("{name:<20}{:>10}{:>14}", format!("{:.2} s", cpu.as_secs_f64()), format!("{each:.1} us"));
        }
    }
}
