//! The embedded engine SQLite: one file, a session for the writer, and threads that read.

mod copy;
mod inspect;
mod readers;
mod session;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter, types};
use uuid::Uuid;

pub(crate) use self::{
    copy::copy,
    inspect::{bytes, free_bytes, integrity_errors, migrations, ran, sizes},
};
use self::{readers::Readers, session::SqliteSession};
use crate::{Error, Migration, Query, Records, Session, Snapshot, Value, migrate};

/// The types to which the macros of migrations expand.
const TYPES: &[(&str, &str)] = &[
    ("uuid", "BLOB"),
    ("time", "INTEGER"),
    ("json", "TEXT"),
    ("text", "TEXT"),
    ("name", "TEXT"),
    // Only a key of this type is the row id itself, without an index of its own.
    ("counted", "INTEGER"),
];

pub(crate) struct Sqlite {
    file: PathBuf,
    readers: Readers,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.file.display())
    }
}

impl Sqlite {
    pub(crate) fn open(file: &Path, migrations: &[(&str, &[Migration])]) -> Result<Self, Error> {
        let mut connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        use_wal(&connection)?;
        for (owner, known) in migrations {
            migrate(&mut connection, owner, known)?;
        }
        Ok(Self { file: file.to_owned(), readers: Readers::open(file)? })
    }

    pub(crate) fn session(&self) -> Result<Box<dyn Session>, Error> {
        Ok(Box::new(SqliteSession::new(connect(&self.file, OpenFlags::SQLITE_OPEN_READ_WRITE)?)))
    }

    /// Each query comes with the table that [`Error::Corrupt`] names.
    pub(crate) async fn fetch(&self, queries: Vec<(Query, &'static str)>) -> Result<Vec<Records>, Error> {
        self.readers.fetch(queries).await
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, Error> {
        snapshot(&self.file)
    }
}

/// A snapshot of a file that other connections may write.
pub(crate) fn snapshot(file: &Path) -> Result<Snapshot, Error> {
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // The first read of the transaction takes the snapshot; BEGIN does not.
    connection.execute_batch("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_schema;").map_err(fault)?;
    Ok(Snapshot(connection))
}

/// A snapshot of a file that no process has open. A write-ahead log that a crash left behind is part of it.
pub(crate) fn snapshot_of_closed(file: &Path) -> Result<Snapshot, Error> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let has_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    let connection = if has_log {
        connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?
    } else {
        // Without a log the file alone is read. Immutable mode creates no other file beside it.
        let name = file.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let uri = format!("file:{name}?immutable=1");
        connect(Path::new(&uri), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?
    };
    connection.execute_batch("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_schema;").map_err(fault)?;
    Ok(Snapshot(connection))
}

fn connect(file: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|e| Error::Engine(format!("{}: {e}", file.display())))?;
    // FULL makes a commit survive a power failure, not only a crash of the process. The log is checkpointed after 16 MiB.
    // A long read lets it grow; the next checkpoint truncates it to 64 MiB.
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096;",
        )
        .map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Switches the file to write-ahead logging, in which readers and the writer do not block each other.
fn use_wal(connection: &Connection) -> Result<(), Error> {
    // Another process that opens the file holds a lock, for which SQLite does not wait here.
    for _ in 0..1000 {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map_err(fault) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Error::Engine(format!(
                    "the file system does not support a write-ahead log: journal mode is {mode}"
                )));
            }
            Err(Error::Retryable(_)) => thread::sleep(Duration::from_millis(5)),
            Err(other) => return Err(other),
        }
    }
    Err(Error::Retryable("another process locks the file".into()))
}

fn migrate(connection: &mut Connection, owner: &str, known: &[Migration]) -> Result<(), Error> {
    let failed = |name: &str, e: rusqlite::Error| Error::Migration(format!("migration {name} of {owner}: {e}"));
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(|e| failed("table", e))?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS migrations (owner TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,
             checksum TEXT NOT NULL, PRIMARY KEY (owner, number))",
        )
        .map_err(|e| failed("table", e))?;
    let ran: Vec<(i64, String)> = transaction
        .prepare("SELECT number, checksum FROM migrations WHERE owner = ? ORDER BY number")
        .and_then(|mut s| s.query_map([owner], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(|e| failed("table", e))?;
    for migration in migrate::pending(owner, known, &ran).map_err(Error::Migration)? {
        transaction.execute_batch(&migration.expand(TYPES)).map_err(|e| failed(migration.name, e))?;
        transaction
            .execute(
                "INSERT INTO migrations (owner, number, name, checksum) VALUES (?, ?, ?, ?)",
                rusqlite::params![owner, migration.number, migration.name, migration.checksum()],
            )
            .map_err(|e| failed(migration.name, e))?;
    }
    transaction.commit().map_err(|e| failed("table", e))
}

/// Runs one query on a connection. [`Error::Corrupt`] names `table`.
pub(crate) fn fetch(connection: &Connection, query: &Query, table: &'static str) -> Result<Records, Error> {
    let mut statement = connection.prepare_cached(&query.sql).map_err(fault)?;
    let mut rows = statement.query(params_from_iter(&query.args)).map_err(fault)?;
    let mut records = Records::new();
    while let Some(row) = rows.next().map_err(fault)? {
        records.push(record(row, table)?);
    }
    Ok(records)
}

fn record(row: &rusqlite::Row<'_>, table: &'static str) -> Result<Vec<Value>, Error> {
    let statement: &rusqlite::Statement<'_> = row.as_ref();
    let column = |index| {
        value(row.get_ref(index).map_err(fault)?).map_err(|why| {
            let column = statement.column_name(index).unwrap_or("a column");
            Error::Corrupt { table, detail: format!("{column}: {why}") }
        })
    };
    (0..statement.column_count()).map(column).collect()
}

/// `Err` describes a stored value that no [`Value`] can hold.
fn value(stored: types::ValueRef<'_>) -> Result<Value, String> {
    match stored {
        types::ValueRef::Null => Ok(Value::Null),
        types::ValueRef::Integer(v) => Ok(Value::Int(v)),
        types::ValueRef::Text(v) => str::from_utf8(v).map(|v| Value::Text(v.to_owned())).map_err(|e| e.to_string()),
        types::ValueRef::Blob(v) => Uuid::from_slice(v).map(Value::Uuid).map_err(|e| e.to_string()),
        types::ValueRef::Real(v) => Err(format!("the fraction {v} is not supported")),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        Ok(types::ToSqlOutput::Borrowed(match self {
            Self::Null => types::ValueRef::Null,
            Self::Int(v) => types::ValueRef::Integer(*v),
            Self::Text(v) => types::ValueRef::Text(v.as_bytes()),
            Self::Uuid(v) => types::ValueRef::Blob(v.as_bytes()),
        }))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn fault(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::Constraint(error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Retryable(error.to_string()),
        Some(ErrorCode::DiskFull) => Error::DiskFull,
        _ => Error::Engine(error.to_string()),
    }
}
