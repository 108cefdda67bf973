//! Test harness: small tables, commands made of closures, and two services, `publisher` and `consumer`.

use std::{ops::RangeInclusive, time::Duration};

use boxoffice_clock::{Clock, Entropy, ManualClock, Stopwatch, Timestamp};
use boxoffice_database::{Database, Migration, table};
use boxoffice_envelope::{Event, Origin};
use boxoffice_outbox::{Backoff, LOG, Log, LogHead, OutboxMessage};
pub use boxoffice_testkit::writer::{in_one_batch, queue, rows as all, run_in_one_batch};
use boxoffice_writer::{
    Command, CommandContext, CrashProbe, Failure, Limits, Reactions, ReadSet, UnitOfWork, Writer, WriterParts,
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use uuid::Uuid;

table! {
    /// A limited number of seats.
    pub struct Quota in "quotas" versioned {
        key { id: i64 }
        capacity: i64,
        taken: i64,
    }
}

table! {
    /// A seat taken from a quota. Codes are unique, and the quota must exist.
    pub struct Hold in "holds" versioned {
        key { id: i64 }
        quota: i64,
        code: String,
    }
}

table! {
    /// A handled event: the consumer adds a row for each.
    pub struct Note in "notes" appended {
        key { number: i64 }
        n: i64,
        text: String,
    }
}

const TABLES: &[Migration] = &[Migration {
    number: 1,
    name: "tables",
    sql: "CREATE TABLE quotas (id BIGINT NOT NULL PRIMARY KEY, capacity BIGINT NOT NULL, taken BIGINT NOT NULL,
              version BIGINT NOT NULL, CHECK (taken BETWEEN 0 AND capacity));
          CREATE TABLE holds (id BIGINT NOT NULL PRIMARY KEY, quota BIGINT NOT NULL REFERENCES quotas (id)
              DEFERRABLE INITIALLY DEFERRED,
              code {{name}} NOT NULL UNIQUE, version BIGINT NOT NULL);
          CREATE INDEX holds_by_quota ON holds (quota);
          CREATE TABLE notes (number BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL, text {{text}} NOT NULL);",
}];

/// The event that the publisher publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestEvent {
    /// Numbers the events of one test.
    pub n: i64,
    /// The key of the message.
    pub key: Uuid,
    /// How the handler of a test should behave, such as `refuse`.
    pub behavior: String,
}

impl Event for TestEvent {
    const KIND: &'static str = "TestEvent";
    const SOURCE: &'static str = "publisher";
    fn key(&self) -> Uuid {
        self.key
    }
}

/// Refusals of the commands of these tests.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("sold out")]
    SoldOut,
    #[error("too early")]
    TooEarly,
    #[error("declined")]
    Declined,
}

/// A command made of closures.
pub struct ClosureCommand<N, D> {
    needs: N,
    decide: D,
}

impl<A, N, D> Command for ClosureCommand<N, D>
where
    A: Send + 'static,
    N: Fn(&mut ReadSet<'_>) + Send + 'static,
    D: Fn(&mut UnitOfWork, &CommandContext) -> Result<A, Refusal> + Send + 'static,
{
    type Answer = A;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        (self.needs)(reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<A, Refusal> {
        (self.decide)(work, context)
    }
}

pub fn command_of<A, N, D>(needs: N, decide: D) -> ClosureCommand<N, D>
where
    N: Fn(&mut ReadSet<'_>) + Send + 'static,
    D: Fn(&mut UnitOfWork, &CommandContext) -> Result<A, Refusal> + Send + 'static,
{
    ClosureCommand { needs, decide }
}

/// Takes a seat of the quota under a unique code. Answers with the number of seats left.
pub fn create_hold(quota_id: i64, hold: i64, code: &str) -> impl Command<Answer = i64, Refusal = Refusal> + use<> {
    let code = code.to_owned();
    command_of(
        move |reads| {
            reads.row::<Quota>(quota_id);
            reads.row::<Hold>(hold);
        },
        move |work, context| {
            let quota = work.edit::<Quota>(quota_id).ok_or(Refusal::TooEarly)?;
            if quota.taken == quota.capacity {
                return Err(Refusal::SoldOut);
            }
            quota.taken += 1;
            let left = quota.capacity - quota.taken;
            work.insert(Hold { id: hold, quota: quota_id, code: code.clone(), version: 0 });
            work.publish(&TestEvent { n: hold, key: Uuid::from_u128(1), behavior: code.clone() }, context);
            Ok(left)
        },
    )
}

/// Creates a quota without holds.
pub fn create_quota(id: i64, capacity: i64) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        move |reads| {
            reads.row::<Quota>(id);
        },
        move |work, _| {
            work.insert(Quota { id, capacity, taken: 0, version: 0 });
            Ok(())
        },
    )
}

/// Publishes events with these numbers, all with one key and one behavior.
pub fn publish_events(
    numbers: RangeInclusive<i64>,
    key: u128,
    behavior: &str,
) -> impl Command<Answer = (), Refusal = Refusal> + use<> {
    let events: Vec<_> =
        numbers.map(|n| TestEvent { n, key: Uuid::from_u128(key), behavior: behavior.to_owned() }).collect();
    command_of(
        |_| (),
        move |work, context| {
            events.iter().for_each(|event| work.publish(event, context));
            Ok(())
        },
    )
}

/// The usual handler: adds a note of the event under the next number.
pub fn record(event: TestEvent) -> impl Command<Answer = (), Refusal = Refusal> {
    command_of(
        |reads| reads.counter("notes"),
        move |work, _| {
            let number = work.next_number("notes");
            work.insert(Note { number, n: event.n, text: event.behavior.clone() });
            Ok(())
        },
    )
}

/// Handlers that record every event.
pub fn recording_handlers() -> Reactions {
    Reactions::default().on(record)
}

/// The data folder of one test.
pub struct TestFolder(TempDir);

impl TestFolder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Opens the database of a service. Every call opens it again.
    pub fn database(&self, service: &str) -> Database {
        Database::open(&self.url(service), &[boxoffice_outbox::MIGRATIONS, ("test", TABLES)]).unwrap()
    }

    /// Runs `sql` without the writer, to damage or repair data. Each call needs a unique name, `once`.
    pub fn run_sql(&self, service: &str, once: &str, sql: &'static str) {
        Database::open(&self.url(service), &[(once, &[Migration { number: 1, name: "run_sql", sql }])]).unwrap();
    }

    fn url(&self, service: &str) -> String {
        format!("sqlite:{}", self.0.path().join(service).display())
    }

    /// The default parts of a writer of `service`.
    pub fn parts(&self, service: &'static str, reactions: Reactions) -> WriterParts {
        WriterParts {
            service,
            database: self.database(service),
            reactions,
            clock: Clock::system(),
            entropy: Entropy::seeded(7),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe: None,
        }
    }

    /// A publisher without handlers and probe.
    pub fn writer(&self) -> Writer {
        Writer::start(self.parts("publisher", Reactions::default())).unwrap()
    }

    /// The publisher, which crashes where `probe` returns true.
    pub fn publisher(&self, probe: Option<CrashProbe>) -> Writer {
        Writer::start(WriterParts { probe, ..self.parts("publisher", Reactions::default()) }).unwrap()
    }

    /// The consumer with these handlers.
    pub fn consumer(&self, reactions: Reactions) -> Writer {
        Writer::start(self.parts("consumer", reactions)).unwrap()
    }
}

/// A manual clock that shows a time in 2030.
pub fn manual_clock() -> (Clock, ManualClock) {
    Clock::manual(Timestamp::from_micros(1_900_000_000_000_000))
}

/// Makes `consumer` consume the log of `publisher`, in a task.
pub async fn consume(consumer: &Writer, publisher: &Writer) {
    let following = boxoffice_writer::consume(consumer, log_of(publisher), publisher).await.unwrap();
    tokio::spawn(following);
}

pub fn log_of(publisher: &Writer) -> Log {
    Log::of(publisher.service(), publisher.database().clone())
}

/// Runs `command` with a default origin.
pub async fn run<C: Command>(writer: &Writer, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
    writer.run(Origin::default(), command).await
}

/// Waits until `holds` returns true; fails after 20 seconds.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let watch = Stopwatch::start();
    while !holds().await {
        assert!(watch.elapsed() < Duration::from_secs(20), "timeout: {what}");
        Clock::system().sleep(Duration::from_millis(1)).await;
    }
}

/// The head of a writer's log.
pub async fn head(writer: &Writer) -> LogHead {
    writer.database().get(LOG.to_owned()).await.unwrap().unwrap()
}

/// The numbers of the published events. Checks that positions count from 1 without gaps.
pub async fn published(writer: &Writer) -> Vec<i64> {
    let rows: Vec<OutboxMessage> = all(writer).await;
    let positions: Vec<_> = rows.iter().map(|row| row.position).collect();
    assert_eq!(positions, (1..).take(rows.len()).collect::<Vec<i64>>());
    assert_eq!(head(writer).await.last_position, rows.len() as i64);
    rows.into_iter().map(|row| row.message("publisher").read::<TestEvent>().unwrap().n).collect()
}

/// The numbers of the recorded events, in the order of recording.
pub async fn recorded(writer: &Writer) -> Vec<i64> {
    all::<Note>(writer).await.iter().map(|note| note.n).collect()
}
