use crate::{Error, Table, Value};

/// Names the rows of `table` whose `columns` equal `values`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The table of the rows.
    pub table: &'static Table,
    /// The compared columns: the primary key, or the columns of an index.
    pub columns: &'static [&'static str],
    /// One value for each of `columns`.
    pub values: Vec<Value>,
}

/// The change of one row by a batch.
#[derive(Clone, Debug)]
pub enum Change {
    /// Inserts a row; its key must be new.
    Insert {
        /// The table of the row.
        table: &'static Table,
        /// The values of all columns.
        values: Vec<Value>,
    },
    /// Replaces a row, and fails when its version is not `loaded`.
    Update {
        /// The table of the row.
        table: &'static Table,
        /// The new values of all columns, the key first.
        values: Vec<Value>,
        /// The version in which it was loaded.
        loaded: i64,
    },
    /// Deletes a row, and fails when its version is not `loaded`.
    Delete {
        /// The table of the row.
        table: &'static Table,
        /// The values of the primary key.
        key: Vec<Value>,
        /// The version in which it was loaded; `None` in a table without versions.
        loaded: Option<i64>,
    },
}

/// The connection of a writer: one transaction at a time. All methods block.
pub trait Session: Send {
    /// Begins a transaction. Until its end no other writer can change the rows that it loads.
    ///
    /// # Errors
    /// [`Error::Retryable`] when another writer holds the lock for too long.
    fn begin(&mut self) -> Result<(), Error>;
    /// Loads and locks the rows of each lookup, in the order of `lookups`.
    ///
    /// # Errors
    /// Any [`Error`]; the caller then rolls back.
    fn load(&mut self, lookups: &[Lookup]) -> Result<Vec<Vec<Vec<Value>>>, Error>;
    /// Writes all changes and commits durably, or changes nothing.
    ///
    /// # Errors
    /// [`Error::Constraint`] and [`Error::Stale`] when the changes do not fit the data, [`Error::Retryable`] when the caller
    /// should repeat the transaction, [`Error::OutcomeUnknown`] when the commit may or may not be durable.
    fn commit(&mut self, changes: &[Change]) -> Result<(), Error>;
    /// Ends the transaction without its changes. Does nothing without a transaction.
    fn rollback(&mut self);
}
