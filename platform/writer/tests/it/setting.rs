//! What the tests run against: small tables, commands made of closures, and two services of which one listens.

use std::{
    ops::RangeInclusive,
    pin::{Pin, pin},
    task::{Context, Waker},
    time::Duration,
};

use boxoffice_clock::{Clock, Entropy, ManualClock, Stopwatch, Timestamp};
use boxoffice_database::{Database, Migration, Row, table};
use boxoffice_envelope::{Event, Origin};
use boxoffice_outbox::{Backoff, LOG, Log, LogHead, OutboxMessage};
use boxoffice_writer::{
    Command, CommandContext, CrashProbe, Failure, Limits, Reactions, ReadSet, UnitOfWork, Writer, WriterParts,
};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use uuid::Uuid;

table! {
    /// Places that run out.
    pub struct Quota in "quotas" versioned {
        key { id: i64 }
        capacity: i64,
        taken: i64,
    }
}

table! {
    /// A place taken; no two of one code, and none of a quota that does not exist.
    pub struct Hold in "holds" versioned {
        key { id: i64 }
        quota: i64,
        code: String,
    }
}

table! {
    /// Lines of a diary.
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

/// Something was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Counts what one test says.
    pub n: i64,
    /// The key of the message.
    pub key: Uuid,
    /// What is wished for; the listener of a test makes of it what it likes.
    pub wish: String,
}

impl Event for Said {
    const KIND: &'static str = "SaidEvent";
    const SOURCE: &'static str = "teller";
    fn key(&self) -> Uuid {
        self.key
    }
}

/// Why the commands of these tests refuse.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum No {
    #[error("sold out")]
    SoldOut,
    #[error("too early")]
    TooEarly,
    #[error("on a whim")]
    Whim,
}

/// A command made of closures.
pub struct Act<N, D> {
    needs: N,
    decide: D,
}

impl<A, N, D> Command for Act<N, D>
where
    A: Send + 'static,
    N: Fn(&mut ReadSet<'_>) + Send + 'static,
    D: Fn(&mut UnitOfWork, &CommandContext) -> Result<A, No> + Send + 'static,
{
    type Answer = A;
    type Refusal = No;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        (self.needs)(reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<A, No> {
        (self.decide)(work, context)
    }
}

pub fn act<A, N, D>(needs: N, decide: D) -> Act<N, D>
where
    N: Fn(&mut ReadSet<'_>) + Send + 'static,
    D: Fn(&mut UnitOfWork, &CommandContext) -> Result<A, No> + Send + 'static,
{
    Act { needs, decide }
}

/// Takes a place of the quota, under a code.
pub fn take(quota: i64, hold: i64, code: &str) -> impl Command<Answer = i64, Refusal = No> + use<> {
    let code = code.to_owned();
    act(
        move |reads| {
            reads.row::<Quota>(quota);
            reads.row::<Hold>(hold);
        },
        move |work, context| {
            let places = work.edit::<Quota>(quota).ok_or(No::TooEarly)?;
            if places.taken == places.capacity {
                return Err(No::SoldOut);
            }
            places.taken += 1;
            let left = places.capacity - places.taken;
            work.insert(Hold { id: hold, quota, code: code.clone(), version: 0 });
            work.publish(&Said { n: hold, key: Uuid::from_u128(1), wish: code.clone() }, context);
            Ok(left)
        },
    )
}

/// Makes a quota.
pub fn open_quota(id: i64, capacity: i64) -> impl Command<Answer = (), Refusal = No> {
    act(
        move |reads| {
            reads.row::<Quota>(id);
        },
        move |work, _| {
            work.insert(Quota { id, capacity, taken: 0, version: 0 });
            Ok(())
        },
    )
}

/// Says messages with these numbers, all with one key and one wish.
pub fn tell(numbers: RangeInclusive<i64>, key: u128, wish: &str) -> impl Command<Answer = (), Refusal = No> + use<> {
    let events: Vec<_> = numbers.map(|n| Said { n, key: Uuid::from_u128(key), wish: wish.to_owned() }).collect();
    act(
        |_| (),
        move |work, context| {
            events.iter().for_each(|event| work.publish(event, context));
            Ok(())
        },
    )
}

/// What a listener does when nothing is amiss: writes the message into its diary, under the next number.
pub fn write_down(said: Said) -> impl Command<Answer = (), Refusal = No> {
    act(
        |reads| reads.counter("notes"),
        move |work, _| {
            let number = work.next_number("notes");
            work.insert(Note { number, n: said.n, text: said.wish.clone() });
            Ok(())
        },
    )
}

/// Reactions of a listener that writes everything down.
pub fn diary() -> Reactions {
    Reactions::default().on(write_down)
}

/// The folder in which the services of one test keep their files.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Opens the file of a service, anew each time.
    pub fn database(&self, service: &str) -> Database {
        Database::open(&self.url(service), &[boxoffice_outbox::MIGRATIONS, ("test", TABLES)]).unwrap()
    }

    /// Runs `sql` past the writer, to break and mend things. `once` is a name of its own for each call.
    pub fn tamper(&self, service: &str, once: &str, sql: &'static str) {
        Database::open(&self.url(service), &[(once, &[Migration { number: 1, name: "tamper", sql }])]).unwrap();
    }

    fn url(&self, service: &str) -> String {
        format!("sqlite:{}", self.0.path().join(service).display())
    }

    /// What a writer of `service` is made of when nothing is special about it.
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

    /// A writer that listens to nobody.
    pub fn writer(&self) -> Writer {
        Writer::start(self.parts("teller", Reactions::default())).unwrap()
    }

    /// The writer that speaks, ended by the probe.
    pub fn teller(&self, probe: Option<CrashProbe>) -> Writer {
        Writer::start(WriterParts { probe, ..self.parts("teller", Reactions::default()) }).unwrap()
    }

    /// A writer that listens.
    pub fn listener(&self, reactions: Reactions) -> Writer {
        Writer::start(self.parts("listener", reactions)).unwrap()
    }
}

/// A clock to be moved by hand, far from the beginning of time.
pub fn hand_clock() -> (Clock, ManualClock) {
    Clock::manual(Timestamp::from_micros(1_900_000_000_000_000))
}

/// Lets `listener` follow `teller`, both by hints and by its log.
pub async fn consume(listener: &Writer, teller: &Writer) {
    let following = boxoffice_writer::consume(listener, log_of(teller), teller).await.unwrap();
    tokio::spawn(following);
}

pub fn log_of(teller: &Writer) -> Log {
    Log::of(teller.service(), teller.database().clone())
}

/// Does `command` on behalf of nobody in particular.
pub async fn run<C: Command>(writer: &Writer, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
    writer.run(Origin::default(), command).await
}

/// Queues `commands` while the writer is held, so that it takes all of them as its next batch.
pub async fn in_one_batch<C: Command>(
    writer: &Writer,
    commands: impl IntoIterator<Item = C>,
) -> Vec<Result<C::Answer, Failure<C::Refusal>>> {
    let paused = writer.pause();
    let mut plug = pin!(run(writer, act(|_| (), |_, _| Ok(()))));
    queue(plug.as_mut());
    // The writer has taken the plug and stands before the closed gate: what is queued from here on is the next batch.
    eventually("the plug is taken", async || writer.depth() == (0, 0)).await;
    let mut waiting: Vec<_> = commands.into_iter().map(|command| Box::pin(run(writer, command))).collect();
    waiting.iter_mut().for_each(|future| queue(future.as_mut()));
    drop(paused);
    plug.await.unwrap();
    let mut outcomes = Vec::new();
    for future in waiting {
        outcomes.push(future.await);
    }
    outcomes
}

/// Polls a future once, which is when [`Writer::run`] queues its command.
pub fn queue<F: Future>(future: Pin<&mut F>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Waits until `holds`; fails when it takes longer than anything here may.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let watch = Stopwatch::start();
    while !holds().await {
        assert!(watch.elapsed() < Duration::from_secs(20), "waited too long: {what}");
        Clock::system().sleep(Duration::from_millis(1)).await;
    }
}

/// All rows of a table in the order of its key.
pub async fn all<R: Row>(writer: &Writer) -> Vec<R> {
    let order = R::TABLE.columns[..R::TABLE.key_columns].join(", ");
    writer.database().select(&format!("ORDER BY {order}"), Vec::new()).await.unwrap()
}

/// The head of a writer's log.
pub async fn head(writer: &Writer) -> LogHead {
    writer.database().get(LOG.to_owned()).await.unwrap().unwrap()
}

/// The numbers of what was said, having checked that positions count from 1 without gaps.
pub async fn said(writer: &Writer) -> Vec<i64> {
    let rows: Vec<OutboxMessage> = all(writer).await;
    let positions: Vec<_> = rows.iter().map(|row| row.position).collect();
    assert_eq!(positions, (1..).take(rows.len()).collect::<Vec<i64>>());
    assert_eq!(head(writer).await.last_position, rows.len() as i64);
    rows.into_iter().map(|row| row.message("teller").read::<Said>().unwrap().n).collect()
}

/// The numbers that the diary holds, in the order in which they were written.
pub async fn noted(writer: &Writer) -> Vec<i64> {
    all::<Note>(writer).await.iter().map(|note| note.n).collect()
}
