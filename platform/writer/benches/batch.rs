//! What a command costs alone in its batch, and among 256: `cargo bench -p boxoffice-writer`, or among other numbers:
//! `cargo bench -p boxoffice-writer -- 64 256`.
//!
//! The command is like the taking of a hold: it looks at two rows, changes one, adds one and says one message. Compare
//! the numbers of one run with each other; across runs and machines only CPU for each command and the ratio mean much.
#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

use std::time::Duration;

use boxoffice_clock::{Clock, Entropy, Stopwatch, Timestamp};
use boxoffice_database::{Database, Migration, table};
use boxoffice_envelope::{Event, Origin};
use boxoffice_outbox::Backoff;
use boxoffice_writer::{Command, Limits, Moment, Need, Reactions, World, Writer, WriterParts};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
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

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Hold>(self.hold);
        need.row::<Quota>(self.quota);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<i64, SoldOut> {
        let Self { hold, quota, buyer } = *self;
        if let Some(known) = world.get::<Hold>(hold) {
            return Ok(known.quantity);
        }
        let places = world.edit::<Quota>(quota).ok_or(SoldOut)?;
        if places.held == places.capacity {
            return Err(SoldOut);
        }
        places.held += 1;
        world.insert(Hold {
            id: hold,
            quota_id: quota,
            buyer,
            quantity: 1,
            state: "held".into(),
            taken_at: moment.now,
            expires_at: Some(moment.now.plus(Duration::from_secs(120))),
            version: 0,
        });
        world.say(&HoldTaken { hold_id: hold, quota_id: quota, buyer, quantity: 1, success: true }, moment);
        Ok(1)
    }
}

fn origin() -> Origin {
    Origin {
        cause: None,
        correlation: "0197a3f2-7d3e-7c60-9d3b-0123456789ab".into(),
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
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

async fn measure(writer: &Writer, entropy: &Entropy, in_flight: usize, span: Duration) -> Measured {
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
    let (elapsed, spent) = (watch.elapsed().as_secs_f64(), (cpu() - before).as_secs_f64());
    Measured { per_second: f64::from(done) / elapsed, cpu: spent * 1e6 / f64::from(done) }
}

struct Setting {
    batch: usize,
    writer: Writer,
    entropy: Entropy,
    _folder: tempfile::TempDir,
}

impl Setting {
    /// A writer on a file of its own, with its quotas.
    fn new(batch: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bench").display());
        let database = Database::open(&url, &[boxoffice_outbox::MIGRATIONS, ("bench", TABLES)]).unwrap();
        let entropy = Entropy::seeded(1);
        let mut session = database.session().unwrap();
        session.begin().unwrap();
        let quotas = (1..=QUOTAS).map(|id| {
            let quota = Quota { id: Uuid::from_u128(id), capacity: i64::MAX, held: 0, version: 1 };
            let values = boxoffice_database::Row::values(&quota);
            boxoffice_database::Change::Insert { table: <Quota as boxoffice_database::Row>::TABLE, values }
        });
        session.commit(&quotas.collect::<Vec<_>>()).unwrap();
        let writer = Writer::start(WriterParts {
            service: "bench",
            database,
            reactions: Reactions::default(),
            clock: Clock::machine(),
            entropy: entropy.clone(),
            limits: Limits { batch, ..Limits::default() },
            backoff: Backoff::default(),
            probe: None,
        });
        Self { batch, writer: writer.unwrap(), entropy, _folder: folder }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

const ROUNDS: usize = 3;

// One thread that asks beside the one that writes, as for one service of many on two cores. A runtime of the current
// thread would make a system call for each answer that wakes it.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    // Cargo adds `--bench`.
    let mut sizes: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1, 256];
    }
    let settings: Vec<_> = sizes.into_iter().map(Setting::new).collect();
    let mut measured: Vec<_> = settings.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        for (setting, measured) in settings.iter().zip(&mut measured) {
            // Twice as many as a batch holds, so that the next one gathers while one is under way.
            let span = Duration::from_millis(if round == 0 { 300 } else { 1200 });
            let (writer, entropy, batch) = (setting.writer.clone(), setting.entropy.clone(), setting.batch);
            let measuring = tokio::spawn(async move { measure(&writer, &entropy, batch * 2, span).await });
            let result = measuring.await.unwrap();
            if round > 0 {
                measured.push(result);
            }
        }
    }
    let mut rates = Vec::new();
    for (setting, measured) in settings.iter().zip(&measured) {
        let rate = median(measured.iter().map(|m| m.per_second).collect());
        let cpu = median(measured.iter().map(|m| m.cpu).collect());
        println!("batch of {:3}: {rate:9.0} commands/s {cpu:7.1} us of CPU for each", setting.batch);
        rates.push((rate, cpu));
        setting.writer.stop();
    }
    if let [small, .., large] = rates[..] {
        println!(
            "last against first: {:.1} times the rate, {:.1} times less CPU",
            large.0 / small.0,
            small.1 / large.1
        );
    }
}
