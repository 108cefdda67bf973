use std::path::Path;

use crate::{
    Error, Migration, Query, Records, Row, Value,
    database::{RESULT, typed},
    migrate, sqlite,
};

/// The data as it was at one moment. Reads block: use it from a thread that may.
///
/// What is written meanwhile waits in the database's log until the last snapshot of before is dropped.
pub struct Snapshot(pub(crate) rusqlite::Connection);

/// How much room a table takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: i64,
    /// Bytes of its pages, those that are not full included.
    pub bytes: i64,
    /// Bytes of the pages of its indexes.
    pub index_bytes: i64,
}

impl Snapshot {
    /// Of the database in `file` as it is now, whoever writes to it. Nothing of it is changed or migrated.
    ///
    /// # Errors
    /// [`Error::Engine`], also when there is no such file.
    pub fn of_file(file: &Path) -> Result<Self, Error> {
        sqlite::snapshot(file)
    }

    /// Of the database in `file`, which nobody has open: neither it nor its log is changed in any way.
    ///
    /// # Errors
    /// [`Error::Engine`], also when there is no such file.
    pub fn of_closed_file(file: &Path) -> Result<Self, Error> {
        sqlite::snapshot_of_closed(file)
    }

    /// How many of `known`, by owner, have not run in it.
    ///
    /// # Errors
    /// [`Error::Migration`] when one that ran was changed since or is unknown; [`Error::Engine`].
    pub fn pending(&self, known: &[(&str, &[Migration])]) -> Result<usize, Error> {
        let mut pending = 0;
        for (owner, migrations) in known {
            let ran = sqlite::ran(&self.0, owner)?;
            pending += migrate::pending(owner, migrations, &ran).map_err(Error::Migration)?.len();
        }
        Ok(pending)
    }

    /// What `query` finds.
    ///
    /// # Errors
    /// [`Error::Engine`], [`Error::Corrupt`].
    pub fn fetch(&self, query: &Query) -> Result<Records, Error> {
        sqlite::fetch(&self.0, query, RESULT)
    }

    /// The rows for which `tail` holds.
    ///
    /// # Errors
    /// [`Error::Engine`], [`Error::Corrupt`].
    pub fn select<R: Row>(&self, tail: &str, args: Vec<Value>) -> Result<Vec<R>, Error> {
        typed(sqlite::fetch(&self.0, &Query::rows::<R>(tail, args), R::TABLE.name)?)
    }

    /// Copies all of it into `file`, which is empty or not there. `copied` is told how many more bytes there are, as
    /// they come. The file is not yet on the disk when this returns: that is left to whoever wants it there.
    ///
    /// # Errors
    /// [`Error::DiskFull`], [`Error::Engine`]; what is in `file` is then worth nothing.
    pub fn copy_to(&self, file: &Path, copied: &mut dyn FnMut(u64)) -> Result<(), Error> {
        sqlite::copy(&self.0, file, copied)
    }

    /// How many bytes [`Snapshot::copy_to`] writes.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn bytes(&self) -> Result<u64, Error> {
        sqlite::bytes(&self.0)
    }

    /// Bytes of pages that hold nothing and are used again before the file grows.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn free_bytes(&self) -> Result<u64, Error> {
        sqlite::free_bytes(&self.0)
    }

    /// The size of every table, by name.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn sizes(&self) -> Result<Vec<TableSize>, Error> {
        sqlite::sizes(&self.0)
    }

    /// What is wrong with the structure of the file, at most 20 lines; nothing when it is whole. Reads all of it.
    ///
    /// # Errors
    /// [`Error::Engine`], also when it is no database at all.
    pub fn integrity_errors(&self) -> Result<Vec<String>, Error> {
        sqlite::damage(&self.0)
    }

    /// The number of the last migration that ran, of each owner.
    ///
    /// # Errors
    /// [`Error::Engine`], also when none ever ran.
    pub fn migrations(&self) -> Result<Vec<(String, i64)>, Error> {
        sqlite::migrations(&self.0)
    }
}
