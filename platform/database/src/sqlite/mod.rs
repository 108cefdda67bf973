//! SQLite, embedded: a file, a session for the writer and a few threads that read.

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
    inspect::{bytes, damage, free_bytes, migrations, ran, sizes},
};
use self::{readers::Readers, session::SqliteSession};
use crate::{Error, Migration, Query, Records, Session, Snapshot, Value, migrate};

/// What the macros of migrations stand for.
const TYPES: &[(&str, &str)] = &[
    ("uuid", "BLOB"),
    ("time", "INTEGER"),
    ("json", "TEXT"),
    ("text", "TEXT"),
    ("name", "TEXT"),
    // Under this name alone the key is the place of the row itself, without an index beside it.
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

    /// Each query comes with the table that is blamed when a row of it cannot be.
    pub(crate) async fn fetch(&self, queries: Vec<(Query, &'static str)>) -> Result<Vec<Records>, Error> {
        self.readers.fetch(queries).await
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, Error> {
        snapshot(&self.file)
    }
}

/// The file as it is now, whoever writes to it.
pub(crate) fn snapshot(file: &Path) -> Result<Snapshot, Error> {
    let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // The snapshot is taken by the first read of the transaction, not by BEGIN.
    connection.execute_batch("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_schema;").map_err(fault)?;
    Ok(Snapshot(connection))
}

/// The file as it is, which nobody has open. A log that was not folded into it is read where it is.
pub(crate) fn snapshot_of_closed(file: &Path) -> Result<Snapshot, Error> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let has_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    let connection = if has_log {
        connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?
    } else {
        // Without a log nothing has to be read but the file; immutable, no other is made beside it.
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
    // FULL: a commit that was answered survives a power cut, not only a crash of the process. The log of a file is
    // folded into it after 16 MiB; what a long read makes of it, the next round gives back down to 64 MiB.
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096;",
        )
        .map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Readers and the writer do not wait for each other in this mode. It stays with the file.
fn use_wal(connection: &Connection) -> Result<(), Error> {
    // Whoever else opens the file at this moment stands in the way, and SQLite does not wait for them here.
    for _ in 0..1000 {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map_err(fault) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(Error::Engine(format!("the file cannot have a write-ahead log, only {mode}"))),
            Err(Error::Retryable(_)) => thread::sleep(Duration::from_millis(5)),
            Err(other) => return Err(other),
        }
    }
    Err(Error::Retryable("the file is locked by another process".into()))
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

/// Runs one query on a connection. `table` is blamed when a row cannot be.
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

/// `Err` says what a column holds that none of ours can.
fn value(stored: types::ValueRef<'_>) -> Result<Value, String> {
    match stored {
        types::ValueRef::Null => Ok(Value::Null),
        types::ValueRef::Integer(v) => Ok(Value::Int(v)),
        types::ValueRef::Text(v) => str::from_utf8(v).map(|v| Value::Text(v.to_owned())).map_err(|e| e.to_string()),
        types::ValueRef::Blob(v) => Uuid::from_slice(v).map(Value::Uuid).map_err(|e| e.to_string()),
        types::ValueRef::Real(v) => Err(format!("the fraction {v}")),
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
