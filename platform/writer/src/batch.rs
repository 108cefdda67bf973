use std::{
    hash::BuildHasher,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::{Change, Error, Lookup, Row, Session};
use boxoffice_envelope::Origin;
use boxoffice_outbox::{LOG, LogEntry, LogHead, OutboxMessage};
use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};

use crate::{
    CommandContext, ReadSet, Signal, UnitOfWork,
    read_set::{Admit, PendingLookup},
};

/// What takes part in a batch: a request of a client, or a message of another service.
pub(crate) trait Member: Send {
    /// Names the rows it needs.
    fn read_set(&mut self, reads: &mut ReadSet<'_>);
    /// Changes the world, or leaves it as it was. The moment is that of the batch; on whose behalf it is, each member
    /// writes into it.
    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext);
    /// The rows of this member, alone in its batch, cannot be read or written. `true` when it can be run once more,
    /// doing something else instead.
    fn fail_with(&mut self, why: &str) -> bool;
    /// The kind of the message that it hears; none for a request.
    fn consumes(&self) -> Option<&str> {
        None
    }
    /// Answers, after the commit.
    fn complete(self: Box<Self>, outcome: Result<(), &BatchError>);
}

pub(crate) type Members = Vec<Box<dyn Member>>;

/// Why a batch was not kept.
#[derive(Clone, Debug)]
pub(crate) enum BatchError {
    /// The rows of this one member cannot be read or written.
    Rejected(String),
    /// Nothing can be kept now.
    Unavailable(String),
    /// It may have been kept or not.
    Unknown,
}

/// What a batch left to do once it was kept.
pub(crate) struct Committed {
    pub(crate) published: Vec<LogEntry>,
    pub(crate) signals: Vec<Signal>,
}

/// What every batch of a writer runs with.
pub(crate) struct BatchRunner {
    pub(crate) service: &'static str,
    pub(crate) session: Box<dyn Session>,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) probe: Option<CrashProbe>,
}

/// PendingLookup around every commit, by tests: `true` ends the writer there and then, as `kill -9` would.
pub type CrashProbe = Arc<dyn Fn(Probe<'_>) -> bool + Send + Sync>;

/// Where a writer stands when the probe is asked.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// The service.
    pub service: &'static str,
    /// On which side of the commit.
    pub stage: Stage,
    /// The kinds of the messages that the batch hears.
    pub consumes: &'a [&'a str],
}

/// The two sides of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Everything is decided, nothing is kept.
    BeforeCommit,
    /// Everything is kept, nobody has been answered or told.
    AfterCommit,
}

/// What a writer's thread panics with when the probe ends it.
pub(crate) struct Crash;

/// How often a batch is repeated because the database asks for it, before it is given up.
const MAX_ATTEMPTS: usize = 10;

impl BatchRunner {
    /// Runs `members` as one transaction, answers them, and hands on what they left to do. A batch with rows that
    /// cannot be is run again by halves, so that only the guilty member fails and finding it takes few commits.
    pub(crate) fn run(&mut self, mut members: Members, after_commit: &mut dyn FnMut(Committed)) {
        let error = match self.attempt(&mut members) {
            Ok(committed) => {
                // Answers first: whoever waits is not kept waiting for the neighbors.
                members.into_iter().for_each(|member| member.complete(Ok(())));
                return after_commit(committed);
            }
            Err(error) => error,
        };
        let fault = match error {
            Error::Constraint(_) | Error::Corrupt { .. } | Error::Stale { .. } => {
                if members.len() > 1 {
                    let second = members.split_off(members.len() / 2);
                    self.run(members, after_commit);
                    return self.run(second, after_commit);
                }
                if members[0].fail_with(&error.to_string()) {
                    return self.run(members, after_commit);
                }
                BatchError::Rejected(error.to_string())
            }
            Error::OutcomeUnknown(_) => BatchError::Unknown,
            _ => BatchError::Unavailable(error.to_string()),
        };
        tracing::error!(service = self.service, %error, members = members.len(), "a batch was not kept");
        members.into_iter().for_each(|member| member.complete(Err(&fault)));
    }

    fn attempt(&mut self, members: &mut Members) -> Result<Committed, Error> {
        let mut tries = 0;
        loop {
            match self.transaction(members) {
                Err(error @ (Error::Retryable(_) | Error::Stale { .. })) if tries < MAX_ATTEMPTS => {
                    tracing::debug!(service = self.service, %error, "a batch is repeated");
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    fn transaction(&mut self, members: &mut Members) -> Result<Committed, Error> {
        self.session.begin()?;
        let result = self.load_decide_commit(members);
        if result.is_err() {
            self.session.rollback();
        }
        result
    }

    fn load_decide_commit(&mut self, members: &mut Members) -> Result<Committed, Error> {
        let mut work = UnitOfWork::default();
        load(self.session.as_mut(), &mut work, members)?;
        let now = self.clock.now();
        let mut context = CommandContext::new(now, Origin::default(), self.entropy.clone());
        for member in members.iter_mut() {
            member.decide(&mut work, &mut context);
            work.accept_member();
        }
        let batch = self.entropy.uuid(now);
        if !work.is_changed() {
            self.session.rollback();
            return Ok(Committed { published: Vec::new(), signals: work.take_signals() });
        }
        let published = position(&mut work, batch);
        let mut changes = work.changes();
        changes.extend(published.iter().map(|LogEntry { position, message }| Change::Insert {
            table: OutboxMessage::TABLE,
            values: OutboxMessage::columns_of(*position, message),
        }));
        self.probe(Stage::BeforeCommit, members);
        match self.session.commit(&changes) {
            Err(Error::OutcomeUnknown(why)) => self.is_committed(batch, &why)?,
            result => result?,
        }
        self.probe(Stage::AfterCommit, members);
        Ok(Committed { published, signals: work.take_signals() })
    }

    /// Ends the writer when the probe says so, as a crash at this point would.
    fn probe(&self, stage: Stage, members: &Members) {
        let Some(probe) = &self.probe else { return };
        let kinds: Vec<&str> = members.iter().filter_map(|member| member.consumes()).collect();
        if probe(Probe { service: self.service, stage, consumes: &kinds }) {
            // Not a fault to be reported: unwinds past the panic hook.
            std::panic::resume_unwind(Box::new(Crash));
        }
    }

    /// Finds out whether the batch was kept after all.
    fn is_committed(&mut self, batch: uuid::Uuid, why: &str) -> Result<(), Error> {
        self.session.begin().map_err(|_| Error::OutcomeUnknown(why.to_owned()))?;
        let head = self.session.load(&[crate::row_set::by_key::<LogHead>(&LOG.to_owned())]);
        self.session.rollback();
        let records = head.map_err(|_| Error::OutcomeUnknown(why.to_owned()))?;
        let committed = records.into_iter().flatten().map(LogHead::from_values);
        let committed = committed.filter_map(Result::ok).any(|head| head.batch_id == batch);
        if committed { Ok(()) } else { Err(Error::Retryable(why.to_owned())) }
    }
}

/// Loads what the members need, in rounds, until nobody asks for anything new. Only who asked in one round is asked
/// again in the next.
fn load(session: &mut dyn Session, work: &mut UnitOfWork, members: &mut Members) -> Result<(), Error> {
    let mut asking: Vec<usize> = (0..members.len()).collect();
    let mut pending = Vec::new();
    // First and alone: everybody who hears looks at it before asking for more.
    ReadSet::new(work, &mut pending).row::<LogHead>(LOG.to_owned());
    run_lookups(session, work, &mut pending)?;
    loop {
        asking.retain(|index| {
            let before = pending.len();
            members[*index].read_set(&mut ReadSet::new(work, &mut pending));
            pending.len() > before
        });
        if pending.is_empty() {
            return Ok(());
        }
        run_lookups(session, work, &mut pending)?;
    }
}

fn run_lookups(
    session: &mut dyn Session,
    work: &mut UnitOfWork,
    pending: &mut Vec<PendingLookup>,
) -> Result<(), Error> {
    let (lookups, admits) = distinct(pending.drain(..));
    let found = session.load(&lookups)?;
    for (admit, records) in admits.into_iter().zip(found) {
        admit(work, records)?;
    }
    Ok(())
}

/// What several members ask for is looked up once.
fn distinct(pending: impl Iterator<Item = PendingLookup>) -> (Vec<Lookup>, Vec<Admit>) {
    let (mut lookups, mut admits) = (Vec::<Lookup>::new(), Vec::new());
    let hasher = DefaultHashBuilder::default();
    let mut known = HashTable::new();
    for PendingLookup { lookup, admit } in pending {
        let same = |at: &usize| lookups[*at] == lookup;
        let place = known.entry(hasher.hash_one(&lookup), same, |at| hasher.hash_one(&lookups[*at]));
        if let Entry::Vacant(place) = place {
            place.insert(lookups.len());
            lookups.push(lookup);
            admits.push(admit);
        }
    }
    (lookups, admits)
}

/// Gives the messages said their positions.
fn position(work: &mut UnitOfWork, batch: uuid::Uuid) -> Vec<LogEntry> {
    let published = work.take_published();
    let head = work.edit::<LogHead>(LOG.to_owned()).expect("a writer makes the head of its log before its first batch");
    let first = head.last_position + 1;
    head.last_position += i64::try_from(published.len()).expect("a batch is small");
    head.batch_id = batch;
    (first..).zip(published).map(|(position, message)| LogEntry { position, message }).collect()
}

/// Runs what a service has written; `Err` holds the text of its panic.
pub(crate) fn shielded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".into())
    })
}

/// Runs `decide`; takes back what it did when it fails or panics. `Err` holds the text of a panic.
pub(crate) fn guarded<T, E>(
    work: &mut UnitOfWork,
    decide: impl FnOnce(&mut UnitOfWork) -> Result<T, E>,
) -> Result<Result<T, E>, String> {
    let decided = shielded(|| decide(work));
    if !matches!(decided, Ok(Ok(_))) {
        work.undo();
    }
    decided
}
