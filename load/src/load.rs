//! A closed loop: every connection sends its next booking as soon as the previous one is answered.
//!
//! The generator shares the machine with the program that it measures, so it does as little as possible: requests consist of
//! prepared parts, and only the status of a response is read.

mod book;
mod catalog;
mod connection;
mod customers;
mod metrics;
mod process;
mod progress;
mod report;
mod server;
mod settle;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy, Stopwatch};
use boxoffice_identity::Issuer;
use clap::Args;

use self::{book::Booked, connection::Target, metrics::Metrics, process::Usage, report::Report, server::Server};

/// Help text about profiling.
pub const PROFILING: &str = "\
Profiling:
  --profile prints the CPU of each thread, and where `perf` is installed it records the booking phase:
    perf report --no-children --input target/load/perf.data
  Source lines need debug information, which a release build does not have:
    CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none cargo build --release
  To watch a running program:
    perf top --pid $(pgrep -x boxoffice)";

/// Options of the load.
#[derive(Debug, Args)]
pub struct Options {
    /// Number of connections, each with one request at a time
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Number of bookings, each of a different customer
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    bookings: u32,
    /// Data folder, which is kept; by default a temporary folder, which is removed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Path of the program to test
    #[arg(long, default_value = "target/release/boxoffice", value_name = "FILE")]
    binary: PathBuf,
    /// Threads of the load generator
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Maximum time to wait until all bookings are complete, in seconds
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600), value_name = "SECONDS")]
    timeout: u64,
    /// Report CPU time by thread, and by function if `perf` is installed
    #[arg(long)]
    profile: bool,
}

/// Folder for temporary data. It is on a disk, like a data folder in production.
const SCRATCH: &str = "target/load";

/// Runs the load and prints the report. The exit code is 1 if a booking is missing or the audit finds a violation.
///
/// # Errors
/// A message that names the failed step.
pub fn load(options: &Options) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(SCRATCH).with_context(|| format!("{SCRATCH} cannot be created"))?;
    let scratch = tempfile::Builder::new().prefix("data-").tempdir_in(SCRATCH)?;
    let data = options.data.as_deref().unwrap_or(scratch.path());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(usize::from(options.threads))
        .enable_all()
        .build()?;
    let server = Server::start(&options.binary, data)?;
    let outcome = runtime.block_on(async {
        let server = server;
        let report = run(options, &server).await?;
        report.print();
        let verified = server.verify()?;
        server.stop().await?;
        Ok::<_, anyhow::Error>(verified && report.is_complete())
    });
    Ok(if outcome? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(options: &Options, server: &Server) -> anyhow::Result<Report> {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let address = server.ready(&clock).await?;
    let issuer =
        Issuer::open(&server.data().join("identity"), "http://localhost:8080", clock.clone(), entropy.clone())?;
    let target = Target { address, clock };
    let bookings = options.bookings as usize;
    let connections = (options.connections as usize).min(bookings);

    let test_event = catalog::create(&target, &issuer, options.bookings).await?;
    let customers = Arc::new(customers::register(&target, &issuer, &entropy, bookings, connections).await?);

    let before = Metrics::read(&target).await?;
    let (usage, own) = (Usage::of(server.pid())?, Usage::of_self()?);
    let threads = process::threads(server.pid())?;
    let recording = options.profile.then(|| process::record(server.pid(), SCRATCH)).flatten();
    let watch = Stopwatch::start();
    let booked: Booked = book::book(&target, &test_event, customers, connections).await?;
    let accepting = watch.elapsed();
    let own_while_booking = Usage::of_self()?.cpu.saturating_sub(own.cpu);
    let timeout = Duration::from_secs(options.timeout);
    let completion =
        settle::wait_for_completion(&target, &issuer, &test_event, booked.accepted, timeout, &before).await?;
    let completing = accepting + completion.waited;
    let after_usage = Usage::of(server.pid())?;
    drop(recording);
    let after = Metrics::read(&target).await?;
    Ok(Report {
        connections,
        booked,
        completion,
        accepting,
        completing,
        server_cpu: after_usage.cpu.saturating_sub(usage.cpu),
        server_resident: after_usage.resident,
        own_cpu: own_while_booking,
        writers: metrics::writers(&before, &after),
        threads: if options.profile { process::since(&threads, &process::threads(server.pid())?) } else { Vec::new() },
    })
}
