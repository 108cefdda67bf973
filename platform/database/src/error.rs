/// Why the database did not do what was asked. Nothing of a failed commit is kept, except where it says so.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The URL names no engine of this program.
    #[error("{0}")]
    Url(String),
    /// A constraint refused a row: a key that exists, a counter out of its bounds.
    #[error("a constraint refused the change: {0}")]
    Constraint(String),
    /// A row is not in the version in which it was loaded: another writer changed it.
    #[error("a row of {table} was changed by another writer")]
    Stale {
        /// The table of that row.
        table: &'static str,
    },
    /// Deadlock, serialisation failure or lock time-out: the whole transaction may be repeated.
    #[error("the database asks to try again: {0}")]
    Retryable(String),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The connection broke while the commit was under way: it may have been kept or not.
    #[error("the outcome of the commit is unknown: {0}")]
    OutcomeUnknown(String),
    /// A stored row cannot be what its type says.
    #[error("a row of {table} is not valid: {detail}")]
    Corrupt {
        /// The table of that row.
        table: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A migration was changed after it ran, is newer than this program, or failed.
    #[error("{0}")]
    Migration(String),
    /// Anything else that the engine reports, such as a file that cannot be read.
    #[error("{0}")]
    Engine(String),
}
