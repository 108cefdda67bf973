//! The cost of a command alone in its batch and in a batch of 256: `cargo bench -p boxoffice-writer`. Other batch sizes:
//! `cargo bench -p boxoffice-writer -- 64 256`.
//!
//! In the last case, a second writer consumes the messages of a batch of 256 and runs the same command for each. The
//! difference to the case before is the cost of one step of the saga.
//!
//! Like `CreateHold`, the command reads two rows, changes one, inserts one and publishes one message. Compare figures of
//! one run; across runs and machines, compare only the CPU for each command and the ratios.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{path::Path, time::Duration};

use boxoffice_clock::{Clock, Entropy, Stopwatch, Timestamp};
use boxoffice_database::{Change, Database, Migration, Row, table};
use boxoffice_envelope::{Event, Origin};
use boxoffice_outbox::{Backoff, Cursor, Log};
use boxoffice_writer::{Command, CommandContext, Limits, Reactions, ReadSet, UnitOfWork, Writer, WriterParts, consume};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;

table! {
    /// A limited number of seats.
    pub struct Quota in "quotas" versioned {
        key { id: Uuid }
        /// Number of seats that exist.
        capacity: i64,
        /// Number of seats that holds take.
        held: i64,
    }
}

table! {
    /// A hold of one seat.
    pub struct Hold in "holds" versioned {
        key { id: Uuid }
        /// Quota that the seat belongs to.
        quota_id: Uuid,
        /// Id of the buyer, without a row of its own.
        buyer: Uuid,
        /// Number of seats, always 1.
        quantity: i64,
        /// Status of the hold, always `held`.
        state: String,
        /// Time of the command.
        taken_at: Timestamp,
        /// Time of expiry, 120 s after the command.
        expires_at: Option<Timestamp>,
    }
}

const TABLES: &[Migration] = &[Migration {
    number: 1,
    name: "tables",
    sql: "CREATE TABLE quotas (id {{uuid}} NOT NULL PRIMARY KEY, capacity BIGINT NOT NULL, held BIGINT NOT NULL,
              version BIGINT NOT NULL, CHECK (held BETWEEN 0 AND capacity));
          CREATE TABLE holds (id {{uuid}} NOT NULL PRIMARY KEY, quota_id {{uuid}} NOT NULL, buyer {{uuid}} NOT NULL,
              quantity BIGINT NOT NULL, state {{name}} NOT NULL, taken_at {{time}} NOT NULL, expires_at {{time}},
              version BIGINT NOT NULL);",
}];

/// Number of quotas that the holds are spread over.
const QUOTAS: u128 = 4;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HoldCreated {
    hold_id: Uuid,
    quota_id: Uuid,
    buyer: Uuid,
    quantity: i64,
    success: bool,
}

impl Event for HoldCreated {
    const KIND: &'static str = "HoldCreatedEvent";
    const SOURCE: &'static str = "bench";
    fn key(&self) -> Uuid {
        self.hold_id
    }
}

struct CreateHold {
    hold: Uuid,
    quota: Uuid,
    buyer: Uuid,
}

#[derive(Debug, thiserror::Error)]
#[error("sold out")]
struct SoldOut;

impl Command for CreateHold {
    type Answer = i64;
    type Refusal = SoldOut;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Hold>(self.hold);
        reads.row::<Quota>(self.quota);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<i64, SoldOut> {
        let Self { hold, quota, buyer } = *self;
        if let Some(known) = work.get::<Hold>(hold) {
            return Ok(known.quantity);
        }
        let row = work.edit::<Quota>(quota).ok_or(SoldOut)?;
        if row.held == row.capacity {
            return Err(SoldOut);
        }
        row.held += 1;
        work.insert(Hold {
            id: hold,
            quota_id: quota,
            buyer,
            quantity: 1,
            state: "held".into(),
            taken_at: context.now,
            expires_at: Some(context.now.plus(Duration::from_secs(120))),
            version: 0,
        });
        work.publish(&HoldCreated { hold_id: hold, quota_id: quota, buyer, quantity: 1, success: true }, context);
        Ok(1)
    }
}

fn origin() -> Origin {
    Origin {
        causation_id: None,
        correlation_id: "0197a3f2-7d3e-7c60-9d3b-0123456789ab".into(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        actor: "0197a3f2-7d3e-7c60-9d3b-ba9876543210".into(),
    }
}

fn cpu() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.cast_unsigned(), u32::try_from(spent.tv_nsec).unwrap())
}

struct Measured {
    per_second: f64,
    /// Microseconds of all threads, user and system.
    cpu: f64,
}

async fn measure(writer: Writer, consumer: Option<Writer>, in_flight: usize, span: Duration) -> Measured {
    let entropy = Entropy::system();
    let take = |tasks: &mut JoinSet<_>| {
        let (writer, now) = (writer.clone(), writer.clock().now());
        let quota = Uuid::from_u128(1 + entropy.uuid(now).as_u128() % QUOTAS);
        let command = CreateHold { hold: entropy.uuid(now), quota, buyer: entropy.uuid(now) };
        tasks.spawn(async move { writer.run(origin(), command).await.unwrap() });
    };
    let mut tasks = JoinSet::new();
    let (watch, before, mut done) = (Stopwatch::start(), cpu(), 0_u32);
    (0..in_flight).for_each(|_| take(&mut tasks));
    while tasks.join_next().await.is_some() {
        done += 1;
        if watch.elapsed() < span {
            take(&mut tasks);
        }
    }
    if let Some(consumer) = consumer {
        let end = Log::of("bench", writer.database().clone()).head().await.unwrap().last_position;
        let cursor = async || consumer.database().get::<Cursor>("bench".to_owned()).await.unwrap();
        while cursor().await.is_none_or(|cursor| cursor.position < end) {
            consumer.clock().sleep(Duration::from_millis(1)).await;
        }
    }
    let (elapsed, spent) = (watch.elapsed().as_secs_f64(), (cpu() - before).as_secs_f64());
    Measured { per_second: f64::from(done) / elapsed, cpu: spent * 1e6 / f64::from(done) }
}

/// Starts a writer on a new database with all quotas.
fn start(service: &'static str, folder: &Path, batch: usize, reactions: Reactions) -> Writer {
    let url = format!("sqlite:{}", folder.join(service).display());
    let database = Database::open(&url, &[boxoffice_outbox::MIGRATIONS, ("bench", TABLES)]).unwrap();
    let mut session = database.session().unwrap();
    session.begin().unwrap();
    let quotas = (1..=QUOTAS).map(|id| {
        let quota = Quota { id: Uuid::from_u128(id), capacity: i64::MAX, held: 0, version: 1 };
        Change::Insert { table: Quota::TABLE, values: quota.values() }
    });
    session.commit(&quotas.collect::<Vec<_>>()).unwrap();
    let parts = WriterParts {
        service,
        database,
        reactions,
        clock: Clock::system(),
        entropy: Entropy::system(),
        limits: Limits { batch, ..Limits::default() },
        backoff: Backoff::default(),
        probe: None,
    };
    Writer::start(parts).unwrap()
}

struct Case {
    batch: usize,
    writer: Writer,
    consumer: Option<Writer>,
    measured: Vec<Measured>,
    _folder: TempDir,
}

impl Case {
    async fn new(batch: usize, is_consumed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = start("bench", folder.path(), batch, Reactions::default());
        let mut consumer = None;
        if is_consumed {
            let handler =
                |event: HoldCreated| CreateHold { hold: event.hold_id, quota: event.quota_id, buyer: event.buyer };
            let started = start("consumer", folder.path(), batch, Reactions::default().on(handler));
            let log = Log::of("bench", writer.database().clone());
            tokio::spawn(consume(&started, log, &writer).await.unwrap());
            consumer = Some(started);
        }
        Self { batch, writer, consumer, measured: Vec::new(), _folder: folder }
    }

    async fn measure(&mut self, span: Duration) {
        // Twice the size of a batch, so that the next batch gathers while one commits.
        let measuring = measure(self.writer.clone(), self.consumer.clone(), self.batch * 2, span);
        self.measured.push(tokio::spawn(measuring).await.unwrap());
    }

    /// Prints the medians, commands/s and CPU for each, and returns them.
    fn report(&self) -> (f64, f64) {
        let rate = median(self.measured.iter().map(|m| m.per_second).collect());
        let cpu = median(self.measured.iter().map(|m| m.cpu).collect());
        let suffix = if self.consumer.is_some() { ", each consumed by another writer" } else { "" };
        println!("batch of {:3}: {rate:9.0} commands/s {cpu:7.1} us of CPU for each{suffix}", self.batch);
        (rate, cpu)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

const ROUNDS: usize = 3;

// One thread sends commands beside the writer threads. A current-thread runtime would need a system call for each answer.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    // Cargo adds the argument `--bench`, which is no number.
    let mut sizes: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1, 256];
    }
    let mut cases = Vec::new();
    for batch in &sizes {
        cases.push(Case::new(*batch, false).await);
    }
    cases.push(Case::new(256, true).await);
    for round in 0..=ROUNDS {
        for case in &mut cases {
            case.measure(Duration::from_millis(if round == 0 { 200 } else { 800 })).await;
            if round == 0 {
                // The first round warms up.
                case.measured.clear();
            }
        }
    }
    let reported: Vec<_> = cases.iter().map(Case::report).collect();
    let (small, large) = (reported[0], reported[sizes.len() - 1]);
    println!(
        "batch of {} compared with {}: {:.1} times the rate, CPU divided by {:.1}",
        sizes[sizes.len() - 1],
        sizes[0],
        large.0 / small.0,
        small.1 / large.1
    );
    for case in &cases {
        case.writer.stop();
        case.consumer.iter().for_each(Writer::stop);
    }
}
