use std::{
    hash::BuildHasher,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::{Change, Error, Lookup, Row, Session};
use boxoffice_envelope::Origin;
use boxoffice_outbox::{LOG, LogHead, Outboxed, Positioned};
use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};

use crate::{
    Moment, Need, Nudge, World,
    need::{Admit, Asked},
};

/// What takes part in a batch: a request of a client, or a message of another service.
pub(crate) trait Member: Send {
    /// Names the rows it needs.
    fn needs(&mut self, need: &mut Need<'_>);
    /// Changes the world, or leaves it as it was. The moment is that of the batch; on whose behalf it is, each member
    /// writes into it.
    fn decide(&mut self, world: &mut World, moment: &mut Moment);
    /// The rows of this member, alone in its batch, cannot be read or written. `true` when it can be run once more,
    /// doing something else instead.
    fn blame(&mut self, why: &str) -> bool;
    /// The kind of the message that it hears; none for a request.
    fn hears(&self) -> Option<&str> {
        None
    }
    /// Answers, after the commit.
    fn finish(self: Box<Self>, outcome: Result<(), &Fault>);
}

pub(crate) type Members = Vec<Box<dyn Member>>;

/// Why a batch was not kept.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The rows of this one member cannot be read or written.
    Rejected(String),
    /// Nothing can be kept now.
    Unavailable(String),
    /// It may have been kept or not.
    Unknown,
}

/// What a batch left to do once it was kept.
pub(crate) struct Kept {
    pub(crate) said: Vec<Positioned>,
    pub(crate) nudges: Vec<Nudge>,
}

/// What every batch of a writer runs with.
pub(crate) struct Batches {
    pub(crate) service: &'static str,
    pub(crate) session: Box<dyn Session>,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) probe: Option<CrashProbe>,
}

/// Asked around every commit, by tests: `true` ends the writer there and then, as `kill -9` would.
pub type CrashProbe = Arc<dyn Fn(Probe<'_>) -> bool + Send + Sync>;

/// Where a writer stands when the probe is asked.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// The service.
    pub service: &'static str,
    /// On which side of the commit.
    pub stage: Stage,
    /// The kinds of the messages that the batch hears.
    pub hears: &'a [&'a str],
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
const REPETITIONS: usize = 10;

impl Batches {
    /// Runs `members` as one transaction, answers them, and hands on what they left to do. A batch with rows that
    /// cannot be is run again by halves, so that only the guilty member fails and finding it takes few commits.
    pub(crate) fn run(&mut self, mut members: Members, hand_over: &mut dyn FnMut(Kept)) {
        let error = match self.attempt(&mut members) {
            Ok(kept) => {
                // Answers first: whoever waits is not kept waiting for the neighbors.
                members.into_iter().for_each(|member| member.finish(Ok(())));
                return hand_over(kept);
            }
            Err(error) => error,
        };
        let fault = match error {
            Error::Constraint(_) | Error::Corrupt { .. } | Error::Stale { .. } => {
                if members.len() > 1 {
                    let second = members.split_off(members.len() / 2);
                    self.run(members, hand_over);
                    return self.run(second, hand_over);
                }
                if members[0].blame(&error.to_string()) {
                    return self.run(members, hand_over);
                }
                Fault::Rejected(error.to_string())
            }
            Error::Unknown(_) => Fault::Unknown,
            _ => Fault::Unavailable(error.to_string()),
        };
        tracing::error!(service = self.service, %error, members = members.len(), "a batch was not kept");
        members.into_iter().for_each(|member| member.finish(Err(&fault)));
    }

    fn attempt(&mut self, members: &mut Members) -> Result<Kept, Error> {
        let mut tries = 0;
        loop {
            match self.transaction(members) {
                Err(error @ (Error::Again(_) | Error::Stale { .. })) if tries < REPETITIONS => {
                    tracing::debug!(service = self.service, %error, "a batch is repeated");
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    fn transaction(&mut self, members: &mut Members) -> Result<Kept, Error> {
        self.session.begin()?;
        let result = self.load_decide_commit(members);
        if result.is_err() {
            self.session.rollback();
        }
        result
    }

    fn load_decide_commit(&mut self, members: &mut Members) -> Result<Kept, Error> {
        let mut world = World::default();
        load(self.session.as_mut(), &mut world, members)?;
        let now = self.clock.now();
        let mut moment = Moment::new(now, Origin::default(), self.entropy.clone());
        for member in members.iter_mut() {
            member.decide(&mut world, &mut moment);
            world.keep();
        }
        let batch = self.entropy.uuid(now);
        if !world.is_changed() {
            self.session.rollback();
            return Ok(Kept { said: Vec::new(), nudges: world.take_nudges() });
        }
        let said = position(&mut world, batch);
        let mut changes = world.changes();
        changes.extend(said.iter().map(|Positioned { position, message }| Change::Insert {
            table: Outboxed::TABLE,
            values: Outboxed::columns_of(*position, message),
        }));
        self.probe(Stage::BeforeCommit, members);
        match self.session.commit(&changes) {
            Err(Error::Unknown(why)) => self.was_kept(batch, &why)?,
            result => result?,
        }
        self.probe(Stage::AfterCommit, members);
        Ok(Kept { said, nudges: world.take_nudges() })
    }

    /// Ends the writer when the probe says so, as a crash at this point would.
    fn probe(&self, stage: Stage, members: &Members) {
        let Some(probe) = &self.probe else { return };
        let kinds: Vec<&str> = members.iter().filter_map(|member| member.hears()).collect();
        if probe(Probe { service: self.service, stage, hears: &kinds }) {
            // Not a fault to be reported: unwinds past the panic hook.
            std::panic::resume_unwind(Box::new(Crash));
        }
    }

    /// Finds out whether the batch was kept after all.
    fn was_kept(&mut self, batch: uuid::Uuid, why: &str) -> Result<(), Error> {
        self.session.begin().map_err(|_| Error::Unknown(why.to_owned()))?;
        let head = self.session.load(&[crate::shelf::by_key::<LogHead>(&LOG.to_owned())]);
        self.session.rollback();
        let records = head.map_err(|_| Error::Unknown(why.to_owned()))?;
        let kept = records.into_iter().flatten().map(LogHead::from_values);
        let kept = kept.filter_map(Result::ok).any(|head| head.batch == batch);
        if kept { Ok(()) } else { Err(Error::Again(why.to_owned())) }
    }
}

/// Loads what the members need, in rounds, until nobody asks for anything new. Only who asked in one round is asked
/// again in the next.
fn load(session: &mut dyn Session, world: &mut World, members: &mut Members) -> Result<(), Error> {
    let mut asking: Vec<usize> = (0..members.len()).collect();
    let mut asked = Vec::new();
    // First and alone: everybody who hears looks at it before asking for more.
    Need::new(world, &mut asked).row::<LogHead>(LOG.to_owned());
    look_up(session, world, &mut asked)?;
    loop {
        asking.retain(|index| {
            let before = asked.len();
            members[*index].needs(&mut Need::new(world, &mut asked));
            asked.len() > before
        });
        if asked.is_empty() {
            return Ok(());
        }
        look_up(session, world, &mut asked)?;
    }
}

fn look_up(session: &mut dyn Session, world: &mut World, asked: &mut Vec<Asked>) -> Result<(), Error> {
    let (lookups, admits) = distinct(asked.drain(..));
    let found = session.load(&lookups)?;
    for ((lookup, admit), records) in lookups.into_iter().zip(admits).zip(found) {
        admit(world, lookup, records)?;
    }
    Ok(())
}

/// What several members ask for is looked up once.
fn distinct(asked: impl Iterator<Item = Asked>) -> (Vec<Lookup>, Vec<Admit>) {
    let (mut lookups, mut admits) = (Vec::<Lookup>::new(), Vec::new());
    let hasher = DefaultHashBuilder::default();
    let mut known = HashTable::new();
    for Asked { lookup, admit } in asked {
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
fn position(world: &mut World, batch: uuid::Uuid) -> Vec<Positioned> {
    let said = world.take_said();
    let head =
        world.edit::<LogHead>(LOG.to_owned()).expect("a writer makes the head of its log before its first batch");
    let first = head.last_position + 1;
    head.last_position += i64::try_from(said.len()).expect("a batch is small");
    head.batch = batch;
    (first..).zip(said).map(|(position, message)| Positioned { position, message }).collect()
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
    world: &mut World,
    decide: impl FnOnce(&mut World) -> Result<T, E>,
) -> Result<Result<T, E>, String> {
    let decided = shielded(|| decide(world));
    if !matches!(decided, Ok(Ok(_))) {
        world.undo();
    }
    decided
}
