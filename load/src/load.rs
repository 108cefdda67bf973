//! A plain closed loop: every connection sends its next booking as soon as the one before is answered.
//!
//! The generator shares the machine with what it measures, so it does as little as it can: requests are made of parts
//! that are ready beforehand, and answers are read for their status alone.

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

/// How one finds out where the time goes.
pub const PROFILING: &str = "\
Where the time goes:
  --profile prints the CPU of each thread, and where `perf` is installed it records the booking phase:
    perf report --no-children --input target/load/perf.data
  Lines of source need debug information, which a release build has none of:
    CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none cargo build --release
  To watch a program that runs already:
    perf top --pid $(pgrep -x boxoffice)";

/// What is loaded, and how much.
#[derive(Debug, Args)]
pub struct Options {
    /// Connections, each of which has one request under way
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Bookings, each by a customer of its own
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    bookings: u32,
    /// Where the data goes and stays; without it, into a folder that is removed at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The program
    #[arg(long, default_value = "target/release/boxoffice", value_name = "FILE")]
    binary: PathBuf,
    /// Threads of the load generator
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// How long to wait for the last booking to be complete, in seconds
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600), value_name = "SECONDS")]
    patience: u64,
    /// Report CPU time by thread, and by function if `perf` is installed
    #[arg(long)]
    profile: bool,
}

/// Where data that is removed at the end is put: on a disk, like the data that is not.
const SCRATCH: &str = "target/load";

/// Runs the load and prints what came of it. Fails when a booking was lost or the audit finds fault.
///
/// # Errors
/// A message that names the failed step.
pub fn load(options: &Options) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(SCRATCH).with_context(|| format!("{SCRATCH} cannot be made"))?;
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

    let test_event = catalog::open(&target, &issuer, options.bookings).await?;
    let customers = Arc::new(customers::register(&target, &issuer, &entropy, bookings, connections).await?);

    let before = Metrics::read(&target).await?;
    let (usage, own) = (Usage::of(server.pid())?, Usage::of_self()?);
    let threads = process::threads(server.pid())?;
    let recording = options.profile.then(|| process::record(server.pid(), SCRATCH)).flatten();
    let watch = Stopwatch::start();
    let booked: Booked = book::book(&target, &test_event, customers, connections).await?;
    let accepting = watch.elapsed();
    let own_while_booking = Usage::of_self()?.cpu.saturating_sub(own.cpu);
    let patience = Duration::from_secs(options.patience);
    let settled = settle::settle(&target, &issuer, &test_event, booked.accepted, patience, &before).await?;
    let completing = accepting + settled.waited;
    let after_usage = Usage::of(server.pid())?;
    drop(recording);
    let after = Metrics::read(&target).await?;
    Ok(Report {
        connections,
        booked,
        settled,
        accepting,
        completing,
        server_cpu: after_usage.cpu.saturating_sub(usage.cpu),
        server_resident: after_usage.resident,
        own_cpu: own_while_booking,
        writers: metrics::writers(&before, &after),
        threads: if options.profile { process::since(&threads, &process::threads(server.pid())?) } else { Vec::new() },
    })
}
