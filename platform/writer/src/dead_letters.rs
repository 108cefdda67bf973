use boxoffice_outbox::{DeferredMessage, DeferredState, DiscardedMessage, LOG, LogHead};

use crate::{command::Command, context::CommandContext, read_set::ReadSet, unit_of_work::UnitOfWork};

/// Why an operator's command about a dead letter was refused.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterRefusal {
    /// No message is deferred at this source and position.
    #[error("no dead letter exists at this position")]
    NotFound,
    /// The message is not dead-lettered: the writer still retries it, or it waits behind an earlier one.
    #[error("the message is not dead-lettered: the service retries it by itself")]
    NotDeadLettered,
}

/// Retries a dead letter at once, with its full number of attempts.
pub struct ReplayDeadLetter {
    /// Name of the service that published the message.
    pub source: String,
    /// Position in the log of the source; negative for dead letters that the service created itself.
    pub position: i64,
}

impl Command for ReplayDeadLetter {
    type Answer = ();
    type Refusal = DeadLetterRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<DeferredMessage>((self.source.clone(), self.position));
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), DeadLetterRefusal> {
        let mut message = dead_letter(work, &self.source, self.position)?;
        message.state = DeferredState::Deferred;
        message.attempts = 0;
        message.due_at = context.now;
        work.update(message);
        work.signal_retry();
        Ok(())
    }
}

/// Discards a dead letter: it never has an effect, and the messages that it blocks go on.
///
/// The writer keeps the message with the operator, the time and the reason.
pub struct DiscardDeadLetter {
    /// Name of the service that published the message.
    pub source: String,
    /// Position in the log of the source; negative for dead letters that the service created itself.
    pub position: i64,
    /// The operator's reason, for the audit trail.
    pub reason: String,
}

impl Command for DiscardDeadLetter {
    type Answer = ();
    type Refusal = DeadLetterRefusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<LogHead>(LOG.to_owned());
        if let Some(message) = reads.row::<DeferredMessage>((self.source.clone(), self.position)) {
            reads.find::<DeferredMessage>(&["message_key"], &message.message_key);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), DeadLetterRefusal> {
        let message = dead_letter(work, &self.source, self.position)?;
        work.settle(&message, context.now);
        work.insert(DiscardedMessage::of(message, context.now, context.origin.actor.clone(), self.reason.clone()));
        Ok(())
    }
}

fn dead_letter(work: &UnitOfWork, source: &str, position: i64) -> Result<DeferredMessage, DeadLetterRefusal> {
    let message = work.get::<DeferredMessage>((source.to_owned(), position)).ok_or(DeadLetterRefusal::NotFound)?;
    if message.state != DeferredState::DeadLettered {
        return Err(DeadLetterRefusal::NotDeadLettered);
    }
    Ok(message.clone())
}
