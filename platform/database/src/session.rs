use crate::{Error, Table, Value};

/// Which rows a batch needs: those of `table` whose `columns` equal `values`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// Where.
    pub table: &'static Table,
    /// Columns that are compared; the primary key or the columns of an index.
    pub columns: &'static [&'static str],
    /// What they must equal, in the order of `columns`.
    pub values: Vec<Value>,
}

/// What a batch changed in one row.
#[derive(Clone, Debug)]
pub enum Change {
    /// A row that was not there.
    Insert {
        /// Where.
        table: &'static Table,
        /// All columns.
        values: Vec<Value>,
    },
    /// A row that is in another version than it was loaded in.
    Update {
        /// Where.
        table: &'static Table,
        /// All columns as they are to be, the key first.
        values: Vec<Value>,
        /// The version in which it was loaded.
        loaded: i64,
    },
    /// A row that is gone.
    Delete {
        /// Where.
        table: &'static Table,
        /// The primary key.
        key: Vec<Value>,
        /// The version in which it was loaded; none in a table without versions.
        loaded: Option<i64>,
    },
}

/// The connection of a writer: one transaction at a time, blocking, used from the writer's own thread.
pub trait Session: Send {
    /// Opens the transaction. What is loaded from here on cannot be changed by another writer before the end.
    ///
    /// # Errors
    /// [`Error::Retryable`] when another writer is at it for too long.
    fn begin(&mut self) -> Result<(), Error>;
    /// The rows of each lookup, in the order of `lookups`. Rows are locked until the transaction ends.
    ///
    /// # Errors
    /// Any; the transaction is then to be rolled back.
    fn load(&mut self, lookups: &[Lookup]) -> Result<Vec<Vec<Vec<Value>>>, Error>;
    /// Writes all changes and commits, durably; or keeps nothing.
    ///
    /// # Errors
    /// [`Error::Constraint`] and [`Error::Stale`] blame the data, [`Error::Retryable`] asks for a repetition of the
    /// batch, [`Error::OutcomeUnknown`] leaves open whether it was kept.
    fn commit(&mut self, changes: &[Change]) -> Result<(), Error>;
    /// Ends the transaction and keeps nothing; without one it does nothing.
    fn rollback(&mut self);
}
