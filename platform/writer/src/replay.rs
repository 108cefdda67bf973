//! A message once more, outside its turn: no cursor moves and nothing is remembered.

use boxoffice_outbox::{Cursor, DeferredMessage, LOG, LogEntry, LogHead};
use uuid::Uuid;

use crate::{Command, CommandContext, Handler, ReadSet, UnitOfWork};

/// What came of a message that was delivered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The service changed something, or said something.
    Changed,
    /// It found everything done.
    Unchanged,
    /// The service does nothing about messages of this kind.
    NoHandler,
    /// Its turn has not come, or an earlier message of its key was put aside: it comes by itself.
    NotYetDelivered,
}

/// A refusal whose type is gone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HandlerRefusal(pub(crate) String);

/// A reaction as a request.
pub(crate) struct HandleMessage(pub(crate) Box<dyn Handler>);

impl Command for HandleMessage {
    type Answer = ReplayOutcome;
    type Refusal = HandlerRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        self.0.read_set(reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<ReplayOutcome, HandlerRefusal> {
        self.0.decide(work, context).map_err(HandlerRefusal)?;
        Ok(if work.member_changed_rows() { ReplayOutcome::Changed } else { ReplayOutcome::Unchanged })
    }
}

/// A message of a log that was heard before, once more. It passes the gate that every message passes: what has not
/// been heard, or waits behind another, is left alone, so that none overtakes an earlier one of its key.
pub(crate) struct ReplayMessage {
    source: String,
    position: i64,
    key: Uuid,
    handle: HandleMessage,
}

impl ReplayMessage {
    pub(crate) fn new(LogEntry { position, message }: &LogEntry, reaction: Box<dyn Handler>) -> Self {
        let (source, key) = (message.source.clone().into_owned(), message.key);
        Self { source, position: *position, key, handle: HandleMessage(reaction) }
    }
}

impl Command for ReplayMessage {
    type Answer = ReplayOutcome;
    type Refusal = HandlerRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Cursor>(self.source.clone());
        if reads.row::<LogHead>(LOG.to_owned()).is_some_and(|head| head.deferred_count > 0) {
            reads.find::<DeferredMessage>(&["message_key"], &self.key);
        }
        Command::read_set(&self.handle, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<ReplayOutcome, HandlerRefusal> {
        let handled = work.get::<Cursor>(self.source.clone()).map_or(0, |cursor| cursor.position);
        let is_aside = work.rows::<DeferredMessage>().any(|retry| {
            retry.source == self.source && retry.message_key == self.key && retry.position <= self.position
        });
        if self.position > handled || is_aside {
            return Ok(ReplayOutcome::NotYetDelivered);
        }
        Command::decide(&self.handle, work, context)
    }
}
