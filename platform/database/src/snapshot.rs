use std::path::Path;

use crate::{
    Error, Migration, Query, Records, Row, Value,
    database::{RESULT, typed},
    migrate, sqlite,
};

/// A consistent view of the data at one point in time. All methods block.
///
/// While a snapshot lives, the write-ahead log grows by everything that is written.
pub struct Snapshot(pub(crate) rusqlite::Connection);

/// The size of one table on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Name of the table.
    pub table: String,
    /// Number of rows of the table.
    pub rows: i64,
    /// Bytes of the pages of the table, partly filled ones included.
    pub bytes: i64,
    /// Bytes of the pages of all indexes of the table.
    pub index_bytes: i64,
}

impl Snapshot {
    /// Opens a snapshot of the database in `file`, which other processes may use. Neither changes nor migrates it.
    ///
    /// # Errors
    /// [`Error::Engine`], also when the file does not exist.
    pub fn of_file(file: &Path) -> Result<Self, Error> {
        sqlite::snapshot(file)
    }

    /// Opens a snapshot of the database in `file`, which no process has open. Leaves the file and its log untouched.
    ///
    /// # Errors
    /// [`Error::Engine`], also when the file does not exist.
    pub fn of_closed_file(file: &Path) -> Result<Self, Error> {
        sqlite::snapshot_of_closed(file)
    }

    /// The number of migrations of `known`, by owner, that have not run.
    ///
    /// # Errors
    /// [`Error::Migration`] when a migration that ran was changed or is unknown; [`Error::Engine`].
    pub fn pending(&self, known: &[(&str, &[Migration])]) -> Result<usize, Error> {
        let mut pending = 0;
        for (owner, migrations) in known {
            let ran = sqlite::ran(&self.0, owner)?;
            pending += migrate::pending(owner, migrations, &ran).map_err(Error::Migration)?.len();
        }
        Ok(pending)
    }

    /// Runs `query` on this snapshot.
    ///
    /// # Errors
    /// [`Error::Engine`], [`Error::Corrupt`].
    pub fn fetch(&self, query: &Query) -> Result<Records, Error> {
        sqlite::fetch(&self.0, query, RESULT)
    }

    /// Selects rows of a table, as [`Database::select`](crate::Database::select) does.
    ///
    /// # Errors
    /// [`Error::Engine`], [`Error::Corrupt`].
    pub fn select<R: Row>(&self, tail: &str, args: Vec<Value>) -> Result<Vec<R>, Error> {
        typed(sqlite::fetch(&self.0, &Query::rows::<R>(tail, args), R::TABLE.name)?)
    }

    /// Copies the database into `file`, which is empty or does not exist. Calls `copied` with the number of bytes after each
    /// step. The caller must sync the file to make it durable.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Engine`]; the content of `file` is then unusable.
    pub fn copy_to(&self, file: &Path, copied: &mut dyn FnMut(u64)) -> Result<(), Error> {
        sqlite::copy(&self.0, file, copied)
    }

    /// The number of bytes that [`Snapshot::copy_to`] writes.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn bytes(&self) -> Result<u64, Error> {
        sqlite::bytes(&self.0)
    }

    /// Bytes of unused pages, which the database fills before the file grows.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn free_bytes(&self) -> Result<u64, Error> {
        sqlite::free_bytes(&self.0)
    }

    /// The sizes of all tables, in order of their names.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn sizes(&self) -> Result<Vec<TableSize>, Error> {
        sqlite::sizes(&self.0)
    }

    /// The errors of an integrity check, at most 20; empty when the file is intact. Reads the whole file.
    ///
    /// # Errors
    /// [`Error::Engine`], also when the file is not a database.
    pub fn integrity_errors(&self) -> Result<Vec<String>, Error> {
        sqlite::integrity_errors(&self.0)
    }

    /// Each owner of migrations with the number of its last one that ran.
    ///
    /// # Errors
    /// [`Error::Engine`], also when no migration has ever run.
    pub fn migrations(&self) -> Result<Vec<(String, i64)>, Error> {
        sqlite::migrations(&self.0)
    }
}
