use std::convert::Infallible;

use boxoffice_outbox::{DeferredMessage, DeferredState, DiscardedMessage, LOG, LogHead};

use crate::{Command, CommandContext, ReadSet, UnitOfWork, delivery::settle};

/// Why an operator's request about a parked message was refused.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterRefusal {
    /// There is no such message.
    #[error("there is no message put aside at this position")]
    NotFound,
    /// It is not parked: it is tried again by itself, or waits behind another.
    #[error("the message is not parked")]
    NotDeadLettered,
}

/// Tries a parked message again, at once and with all its attempts before it.
pub struct ReplayDeadLetter {
    /// The service that said it.
    pub source: String,
    /// Its position in that service's log.
    pub position: i64,
}

impl Command for ReplayDeadLetter {
    type Answer = ();
    type Refusal = DeadLetterRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<DeferredMessage>((self.source.clone(), self.position));
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), DeadLetterRefusal> {
        let retry =
            work.edit::<DeferredMessage>((self.source.clone(), self.position)).ok_or(DeadLetterRefusal::NotFound)?;
        if retry.state != DeferredState::DeadLettered {
            return Err(DeadLetterRefusal::NotDeadLettered);
        }
        (retry.state, retry.attempts, retry.due_at) = (DeferredState::Deferred, 0, context.now);
        work.signal(crate::retries::RETRY_SIGNAL, uuid::Uuid::nil());
        Ok(())
    }
}

/// Gives a parked message up: it never has its effect. Who decided that, when and why is kept with the message; what
/// waits behind it goes on.
pub struct DiscardDeadLetter {
    /// The service that said it.
    pub source: String,
    /// Its position in that service's log.
    pub position: i64,
    /// Why.
    pub reason: String,
}

impl Command for DiscardDeadLetter {
    type Answer = ();
    type Refusal = DeadLetterRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<LogHead>(LOG.to_owned());
        if let Some(retry) = reads.row::<DeferredMessage>((self.source.clone(), self.position)) {
            reads.find::<DeferredMessage>(&["message_key"], &retry.message_key);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), DeadLetterRefusal> {
        let key = (self.source.clone(), self.position);
        let retry = work.get::<DeferredMessage>(key).cloned().ok_or(DeadLetterRefusal::NotFound)?;
        if retry.state != DeferredState::DeadLettered {
            return Err(DeadLetterRefusal::NotDeadLettered);
        }
        settle(work, &retry, context.now);
        work.insert(DiscardedMessage::of(retry, context.now, context.origin.actor.clone(), self.reason.clone()));
        Ok(())
    }
}

/// The refusal of a command that never refuses.
pub(crate) type Infallible_ = Infallible;
