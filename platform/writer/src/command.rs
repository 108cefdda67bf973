use crate::{context::CommandContext, read_set::ReadSet, unit_of_work::UnitOfWork};

/// A change of a service's data: written for one request, run in batches.
///
/// The writer may run `decide` more than once for one request, because it repeats a batch after a conflict. A command
/// therefore draws on its arguments only: no clock, no randomness, no I/O of its own.
pub trait Command: Send + 'static {
    /// The result that the caller receives once the change is durable.
    type Answer: Send + 'static;
    /// Why the business rules refuse the command: a closed list of the service.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// Names the rows that `decide` reads or changes.
    ///
    /// The writer calls it again after each load until it names nothing new, so that one row may lead to the next.
    fn read_set(&self, reads: &mut ReadSet<'_>);

    /// Changes the rows of `work` and publishes events. It may refuse at any point; the writer undoes its changes then.
    ///
    /// # Errors
    /// The command is refused: none of its changes is committed.
    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Self::Answer, Self::Refusal>;
}

/// Why a command had no effect or, for [`Failure::Unknown`], may have had one.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R: std::error::Error> {
    /// The business rules refuse the command.
    #[error(transparent)]
    Refused(R),
    /// The queue is full; the writer did not run the command. Retry after a second.
    #[error("the queue of the writer is full: try again in a second")]
    Busy,
    /// The database cannot commit at present. Nothing was changed.
    #[error("the database cannot commit changes at present: {0}")]
    Unavailable(String),
    /// A bug or corrupt data: the command panicked, or its rows cannot be read or written. Nothing was changed.
    #[error("internal error: {0}")]
    Internal(String),
    /// The writer ended before it answered: the change may or may not be committed.
    #[error("the outcome is unknown: the writer ended before it answered")]
    Unknown,
}
