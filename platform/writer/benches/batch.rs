//! What a command costs alone in its batch, and among 256: `cargo bench -p boxoffice-writer`, or among other numbers:
//! `cargo bench -p boxoffice-writer -- 64 256`.
//!
//! The last line is of a batch of 256 whose messages are heard by a second writer, which does the same again for each:
//! what it costs more than the line before is the price of a step of the saga.
//!
//! The command is like the taking of a hold: it looks at two rows, changes one, adds one and says one message. Compare
//! the numbers of one run with each other; across runs and machines only CPU for each command and the ratio mean much.
#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

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
    /// Places that run out.
    pub struct Quota in "quotas" versioned {
        key { id: Uuid }
        /// How many there are.
        capacity: i64,
        /// How many of them are taken.
        held: i64,
    }
}

table! {
    /// A place taken.
    pub struct Hold in "holds" versioned {
        key { id: Uuid }
        /// From which quota.
        quota_id: Uuid,
        /// By whom.
        buyer: Uuid,
        /// How many places.
        quantity: i64,
        /// Where it stands.
        state: String,
        /// When it was taken.
        taken_at: Timestamp,
        /// When it ends by itself.
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

/// How many quotas the holds are spread over: one event on sale.
const QUOTAS: u128 = 4;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HoldTaken {
    hold_id: Uuid,
    quota_id: Uuid,
    buyer: Uuid,
    quantity: i64,
    success: bool,
}

impl Event for HoldTaken {
    const KIND: &'static str = "HoldTakenEvent";
    const SOURCE: &'static str = "bench";
    fn key(&self) -> Uuid {
        self.hold_id
    }
}

struct TakeHold {
    hold: Uuid,
    quota: Uuid,
    buyer: Uuid,
}

#[derive(Debug, thiserror::Error)]
#[error("sold out")]
struct SoldOut;

impl Command for TakeHold {
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
        let places = work.edit::<Quota>(quota).ok_or(SoldOut)?;
        if places.held == places.capacity {
            return Err(SoldOut);
        }
        places.held += 1;
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
        work.publish(&HoldTaken { hold_id: hold, quota_id: quota, buyer, quantity: 1, success: true }, context);
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

async fn measure(writer: Writer, listener: Option<Writer>, in_flight: usize, span: Duration) -> Measured {
    let entropy = Entropy::system();
    let take = |tasks: &mut JoinSet<_>| {
        let (writer, now) = (writer.clone(), writer.clock().now());
        let quota = Uuid::from_u128(1 + entropy.uuid(now).as_u128() % QUOTAS);
        let command = TakeHold { hold: entropy.uuid(now), quota, buyer: entropy.uuid(now) };
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
    if let Some(listener) = listener {
        let said = Log::of("bench", writer.database().clone()).head().await.unwrap().last_position;
        let heard = async || listener.database().get::<Cursor>("bench".to_owned()).await.unwrap();
        while heard().await.is_none_or(|cursor| cursor.position < said) {
            listener.clock().sleep(Duration::from_millis(1)).await;
        }
    }
    let (elapsed, spent) = (watch.elapsed().as_secs_f64(), (cpu() - before).as_secs_f64());
    Measured { per_second: f64::from(done) / elapsed, cpu: spent * 1e6 / f64::from(done) }
}

/// A writer on a file of its own, with its quotas.
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
    listener: Option<Writer>,
    measured: Vec<Measured>,
    _folder: TempDir,
}

impl Case {
    async fn new(batch: usize, heard: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = start("bench", folder.path(), batch, Reactions::default());
        let mut listener = None;
        if heard {
            let again = |said: HoldTaken| TakeHold { hold: said.hold_id, quota: said.quota_id, buyer: said.buyer };
            let hearing = start("listener", folder.path(), batch, Reactions::default().on(again));
            let log = Log::of("bench", writer.database().clone());
            tokio::spawn(consume(&hearing, log, &writer).await.unwrap());
            listener = Some(hearing);
        }
        Self { batch, writer, listener, measured: Vec::new(), _folder: folder }
    }

    async fn measure(&mut self, span: Duration) {
        // Twice as many as a batch holds, so that the next one gathers while one is under way.
        let measuring = measure(self.writer.clone(), self.listener.clone(), self.batch * 2, span);
        self.measured.push(tokio::spawn(measuring).await.unwrap());
    }

    /// Prints the medians, commands/s and CPU for each, and returns them.
    fn report(&self) -> (f64, f64) {
        let rate = median(self.measured.iter().map(|m| m.per_second).collect());
        let cpu = median(self.measured.iter().map(|m| m.cpu).collect());
        let heard = if self.listener.is_some() { ", each heard by another writer" } else { "" };
        println!("batch of {:3}: {rate:9.0} commands/s {cpu:7.1} us of CPU for each{heard}", self.batch);
        (rate, cpu)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

const ROUNDS: usize = 3;

// One thread that asks beside those that write. A runtime of the current thread would make a system call for each
// answer.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    // Cargo adds `--bench`.
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
                // The first one warms up.
                case.measured.clear();
            }
        }
    }
    let reported: Vec<_> = cases.iter().map(Case::report).collect();
    let (small, large) = (reported[0], reported[sizes.len() - 1]);
    println!(
        "{} against {}: {:.1} times the rate, {:.1} times less CPU",
        sizes[sizes.len() - 1],
        sizes[0],
        large.0 / small.0,
        small.1 / large.1
    );
    for case in &cases {
        case.writer.stop();
        case.listener.iter().for_each(Writer::stop);
    }
}
