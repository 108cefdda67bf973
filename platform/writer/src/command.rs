use crate::{CommandContext, ReadSet, UnitOfWork};

/// One thing that can be done: written for one request, run in batches.
///
/// `decide` may run more than once for one request (a batch is repeated when the database asks for it), so everything
/// that it draws on comes from its arguments.
pub trait Command: Send + 'static {
    /// What whoever asked is told once the change is durable.
    type Answer: Send + 'static;
    /// Why it was not done: the service's closed list.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// Load: names the rows that `decide` looks at or changes. PendingLookup again after each load, until nothing new is
    /// named, so that one row may lead to the next.
    fn read_set(&self, reads: &mut ReadSet<'_>);

    /// Decide, save and say: changes the rows of `world`. It may refuse at any point; what it touched is undone.
    ///
    /// # Errors
    /// The refusal, which leaves nothing behind.
    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Self::Answer, Self::Refusal>;
}

/// Why a command had no effect, or, for [`Failure::Unknown`], may have had one.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R: std::error::Error> {
    /// It was refused by the rules.
    #[error(transparent)]
    Refused(R),
    /// Too much waits already; nothing was tried. Worth asking again after a second.
    #[error("too much work waits already")]
    Busy,
    /// The database cannot keep anything now. Nothing was changed.
    #[error("the database cannot keep changes now: {0}")]
    Unavailable(String),
    /// A fault of the program or of the data: a panic, or rows that cannot be read or kept. Nothing was changed.
    #[error("internal fault: {0}")]
    Internal(String),
    /// The writer ended before it could answer: the change may have been kept or not.
    #[error("the outcome is unknown")]
    Unknown,
}
