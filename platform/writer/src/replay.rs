//! Delivers a message again, outside its turn: no cursor moves, and a refusal is not deferred.

use boxoffice_outbox::{Cursor, DeferredMessage, LOG, LogEntry, LogHead};
use uuid::Uuid;

use crate::{
    command::Command, context::CommandContext, reactions::Handler, read_set::ReadSet, unit_of_work::UnitOfWork,
};

/// The result of a message that was delivered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The handler changed rows or published events.
    Changed,
    /// The handler found its effect done already.
    Unchanged,
    /// The service has no handler for messages of this kind.
    NoHandler,
    /// The message is not consumed yet, or it or an earlier one of its key is deferred: the writer delivers it by itself.
    NotYetDelivered,
}

/// The refusal of a handler, as text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HandlerRefusal(pub(crate) String);

/// Runs a handler as a command, without any check of order.
pub(crate) struct HandleMessage(pub(crate) Box<dyn Handler>);

impl Command for HandleMessage {
    type Answer = ReplayOutcome;
    type Refusal = HandlerRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        self.0.read_set(reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<ReplayOutcome, HandlerRefusal> {
        self.0.decide(work, context).map_err(HandlerRefusal)?;
        Ok(if work.has_member_changes() { ReplayOutcome::Changed } else { ReplayOutcome::Unchanged })
    }
}

/// Delivers a consumed message of a log again. A message that is not consumed yet, or that is deferred or blocked, is left
/// to its own delivery, so that a replay never overtakes an earlier message of its key.
pub(crate) struct ReplayMessage {
    source: String,
    position: i64,
    key: Uuid,
    handle: HandleMessage,
}

impl ReplayMessage {
    pub(crate) fn new(LogEntry { position, message }: &LogEntry, handler: Box<dyn Handler>) -> Self {
        let (source, key) = (message.source.clone().into_owned(), message.key);
        Self { source, position: *position, key, handle: HandleMessage(handler) }
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
        let consumed = work.get::<Cursor>(self.source.clone()).map_or(0, |cursor| cursor.position);
        let is_deferred = work.rows::<DeferredMessage>().any(|deferred| {
            deferred.source == self.source && deferred.message_key == self.key && deferred.position <= self.position
        });
        if self.position > consumed || is_deferred {
            return Ok(ReplayOutcome::NotYetDelivered);
        }
        Command::decide(&self.handle, work, context)
    }
}
