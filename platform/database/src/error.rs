/// Why a database operation failed. A failed commit changes nothing, except that [`Error::OutcomeUnknown`] leaves it open.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The URL has no supported scheme. The text lists the supported ones.
    #[error("{0}")]
    Url(String),
    /// A row violates a constraint, such as a unique key or a check.
    #[error("constraint violated: {0}")]
    Constraint(String),
    /// Another writer has changed a row since it was loaded.
    #[error("another writer changed a row of {table}: try again")]
    Stale {
        /// Name of the table of that row.
        table: &'static str,
    },
    /// Deadlock, serialization failure, lock timeout or overload: the whole operation may be retried.
    #[error("the database is busy: {0}; try again")]
    Retryable(String),
    /// The disk of the database is full.
    #[error("the disk of the database is full: free some space")]
    DiskFull,
    /// The connection broke during the commit, which may or may not be durable.
    #[error("the outcome of the commit is unknown: {0}")]
    OutcomeUnknown(String),
    /// A stored row does not fit its type.
    #[error("a row of {table} is corrupt: {detail}")]
    Corrupt {
        /// Name of the table of that row.
        table: &'static str,
        /// The column and the reason.
        detail: String,
    },
    /// A migration failed, was changed after it ran, or is unknown to this program.
    #[error("{0}")]
    Migration(String),
    /// Any other error of the engine, such as a file that cannot be read.
    #[error("{0}")]
    Engine(String),
}
