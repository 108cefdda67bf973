use std::{hash::BuildHasher, sync::Arc};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::{Change, Error, Lookup, Row, Session};
use boxoffice_envelope::Origin;
use boxoffice_outbox::{LOG, LogEntry, LogHead, OutboxMessage};
use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};

use crate::{
    context::CommandContext,
    read_set::{Admit, PendingLookup, ReadSet},
    row_set::by_key,
    unit_of_work::{Signal, UnitOfWork},
};

/// Crash injection for tests, called before and after every commit. `true` ends the writer at this point, as `kill -9`
/// does.
pub type CrashProbe = Arc<dyn Fn(Probe<'_>) -> bool + Send + Sync>;

/// The point at which a writer calls its [`CrashProbe`].
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// Name of the writer's service.
    pub service: &'static str,
    /// The side of the commit.
    pub stage: Stage,
    /// Kinds of the messages that the batch delivers.
    pub consumes: &'a [&'a str],
}

/// The two sides of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All members have decided; nothing is durable.
    BeforeCommit,
    /// The batch is durable; no caller has its answer, and no message is handed over.
    AfterCommit,
}

/// A member of a batch: a request, or the delivery of a message.
pub(crate) trait Member: Send {
    /// Names the rows that [`Member::decide`] needs.
    fn read_set(&mut self, reads: &mut ReadSet<'_>);
    /// Changes `work`, or leaves it unchanged when it fails. Each member sets the origin of `context`, which the members
    /// share.
    fn decide(&mut self, work: &mut UnitOfWork, context: &mut CommandContext);
    /// Called when this member, alone in its batch, uses rows that cannot be read or written. Returns whether it can run
    /// once more with another outcome.
    fn fail_with(&mut self, why: &str) -> bool;
    /// Kind of the message that it delivers; `None` for a request.
    fn consumes(&self) -> Option<&str> {
        None
    }
    /// Sends the answer, after the commit.
    fn complete(self: Box<Self>, outcome: Result<(), &BatchError>);
}

pub(crate) type Members = Vec<Box<dyn Member>>;

/// Why a batch was not committed.
#[derive(Clone, Debug)]
pub(crate) enum BatchError {
    /// The rows of its only member cannot be read or written.
    Rejected(String),
    /// The database cannot commit at present.
    Unavailable(String),
    /// The batch may or may not be committed.
    Unknown,
}

/// The messages and signals of a committed batch.
pub(crate) struct Committed {
    pub(crate) published: Vec<LogEntry>,
    pub(crate) signals: Vec<Signal>,
}

/// Runs the batches of one writer.
pub(crate) struct BatchRunner {
    pub(crate) service: &'static str,
    pub(crate) session: Box<dyn Session>,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) probe: Option<CrashProbe>,
}

/// The panic payload of a writer that its probe ends.
pub(crate) struct Crash;

/// Retries of a batch after conflicts, before the batch fails.
const MAX_RETRIES: usize = 10;

impl BatchRunner {
    /// Runs `members` as one transaction, answers them, and passes the result to `after_commit`.
    ///
    /// A batch whose rows cannot be read or written runs again in halves, so that only the faulty member fails and
    /// finding it takes few commits.
    pub(crate) fn run(&mut self, mut members: Members, after_commit: &mut dyn FnMut(Committed)) {
        let error = match self.attempt(&mut members) {
            Ok(committed) => {
                // Callers get their answers before other services get the messages.
                members.into_iter().for_each(|member| member.complete(Ok(())));
                return after_commit(committed);
            }
            Err(error) => error,
        };
        let failure = match error {
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
        tracing::error!(service = self.service, %error, members = members.len(), "batch failed: nothing of it is committed, unless the outcome is unknown");
        members.into_iter().for_each(|member| member.complete(Err(&failure)));
    }

    fn attempt(&mut self, members: &mut Members) -> Result<Committed, Error> {
        let mut retries = 0;
        loop {
            match self.transaction(members) {
                Err(error @ (Error::Retryable(_) | Error::Stale { .. })) if retries < MAX_RETRIES => {
                    tracing::debug!(service = self.service, %error, "batch conflicted: retrying");
                    retries += 1;
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
        let published = assign_positions(&mut work, batch)?;
        let mut changes = work.changes();
        changes.extend(published.iter().map(|LogEntry { position, message }| Change::Insert {
            table: OutboxMessage::TABLE,
            values: OutboxMessage::columns_of(*position, message),
        }));
        self.probe(Stage::BeforeCommit, members);
        match self.session.commit(&changes) {
            Err(Error::OutcomeUnknown(why)) => self.confirm_commit(batch, &why)?,
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
            // Unwinds without the panic hook, because this is no failure to report.
            std::panic::resume_unwind(Box::new(Crash));
        }
    }

    /// Whether the batch whose commit had an unknown outcome is durable.
    ///
    /// # Errors
    /// [`Error::Retryable`] when it is not, [`Error::OutcomeUnknown`] when the database does not tell.
    fn confirm_commit(&mut self, batch: uuid::Uuid, why: &str) -> Result<(), Error> {
        self.session.begin().map_err(|_| Error::OutcomeUnknown(why.to_owned()))?;
        let head = self.session.load(&[by_key::<LogHead>(&LOG.to_owned())]);
        self.session.rollback();
        let records = head.map_err(|_| Error::OutcomeUnknown(why.to_owned()))?;
        let committed = records.into_iter().flatten().map(LogHead::from_values);
        let committed = committed.filter_map(Result::ok).any(|head| head.batch_id == batch);
        if committed { Ok(()) } else { Err(Error::Retryable(why.to_owned())) }
    }
}

/// Loads the read sets of the members, in rounds. A member that names nothing new is complete; the others are called
/// again in the next round.
fn load(session: &mut dyn Session, work: &mut UnitOfWork, members: &mut Members) -> Result<(), Error> {
    let mut incomplete: Vec<usize> = (0..members.len()).collect();
    let mut pending = Vec::new();
    // Deliveries look at the head before they name further rows.
    ReadSet::new(work, &mut pending).row::<LogHead>(LOG.to_owned());
    run_lookups(session, work, &mut pending)?;
    loop {
        incomplete.retain(|index| {
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

/// Merges equal lookups of several members.
fn distinct(pending: impl Iterator<Item = PendingLookup>) -> (Vec<Lookup>, Vec<Admit>) {
    let (mut lookups, mut admits) = (Vec::<Lookup>::new(), Vec::new());
    let hasher = DefaultHashBuilder::default();
    let mut known = HashTable::new();
    for PendingLookup { lookup, admit } in pending {
        let same = |index: &usize| lookups[*index] == lookup;
        let entry = known.entry(hasher.hash_one(&lookup), same, |index| hasher.hash_one(&lookups[*index]));
        if let Entry::Vacant(entry) = entry {
            entry.insert(lookups.len());
            lookups.push(lookup);
            admits.push(admit);
        }
    }
    (lookups, admits)
}

/// Assigns positions to the published messages.
///
/// # Errors
/// [`Error::Corrupt`] when the log has no head.
fn assign_positions(work: &mut UnitOfWork, batch: uuid::Uuid) -> Result<Vec<LogEntry>, Error> {
    let published = work.take_published();
    let head = work.edit::<LogHead>(LOG.to_owned()).ok_or_else(|| Error::Corrupt {
        table: LogHead::TABLE.name,
        detail: "the head of the log is missing".into(),
    })?;
    let first = head.last_position + 1;
    let entries: Vec<_> = (first..).zip(published).map(|(position, message)| LogEntry { position, message }).collect();
    head.last_position = entries.last().map_or(head.last_position, |last| last.position);
    head.batch_id = batch;
    Ok(entries)
}
