use std::{collections::HashMap, fmt::Write};

use rusqlite::{CachedStatement, Connection, params_from_iter};

use super::{fault, record};
use crate::{Change, Error, Lookup, Session, Table, Value};

/// Loads and writes row by row with prepared statements: without a server a round trip costs nothing.
pub(crate) struct SqliteSession {
    connection: Connection,
    texts: HashMap<(&'static str, Operation), String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Load(&'static [&'static str]),
    Insert,
    Update,
    Delete,
}

impl SqliteSession {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection, texts: HashMap::new() }
    }

    fn prepare(&mut self, table: &'static Table, operation: Operation) -> Result<CachedStatement<'_>, Error> {
        let text = self.texts.entry((table.name, operation)).or_insert_with(|| text(table, operation));
        self.connection.prepare_cached(text).map_err(fault)
    }

    fn execute(&self, sql: &'static str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

fn target(change: &Change) -> (&'static Table, Operation) {
    match change {
        Change::Insert { table, .. } => (table, Operation::Insert),
        Change::Update { table, .. } => (table, Operation::Update),
        Change::Delete { table, .. } => (table, Operation::Delete),
    }
}

fn write(statement: &mut CachedStatement<'_>, change: &Change) -> Result<(), Error> {
    let (table, changed) = match change {
        Change::Insert { table, values } => (table, statement.execute(params_from_iter(values))),
        Change::Update { table, values, loaded } => {
            let (keys, rest) = values.split_at(table.key_columns);
            let version = Value::Int(*loaded);
            (table, statement.execute(params_from_iter(rest.iter().chain(keys).chain([&version]))))
        }
        Change::Delete { table, key, loaded } => {
            let version = loaded.map(Value::Int);
            (table, statement.execute(params_from_iter(key.iter().chain(&version))))
        }
    };
    if changed.map_err(fault)? == 1 { Ok(()) } else { Err(Error::Stale { table: table.name }) }
}

impl Session for SqliteSession {
    fn begin(&mut self) -> Result<(), Error> {
        // A transaction that takes the write lock after a read may fail; IMMEDIATE takes it first.
        self.execute("BEGIN IMMEDIATE").map_err(fault)
    }

    fn load(&mut self, lookups: &[Lookup]) -> Result<Vec<Vec<Vec<Value>>>, Error> {
        let mut found = vec![Vec::new(); lookups.len()];
        for group in group_by_statement(lookups) {
            let Lookup { table, columns, .. } = lookups[group[0]];
            let mut statement = self.prepare(table, Operation::Load(columns))?;
            for index in group {
                let mut rows = statement.query(params_from_iter(&lookups[index].values)).map_err(fault)?;
                while let Some(row) = rows.next().map_err(fault)? {
                    found[index].push(record(row, table.name)?);
                }
            }
        }
        Ok(found)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), Error> {
        for group in changes.chunk_by(|one, next| target(one) == target(next)) {
            let (table, operation) = target(&group[0]);
            let mut statement = self.prepare(table, operation)?;
            for change in group {
                write(&mut statement, change)?;
            }
        }
        self.execute("COMMIT").map_err(|error| {
            if error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_FSYNC) {
                // After a failed fsync the content of the disk is unknown; only a restart reads it again.
                tracing::error!(%error, "fsync failed: the process aborts, because the outcome of the commit is unknown");
                std::process::abort();
            }
            fault(error)
        })
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "transaction could not be rolled back");
        }
    }
}

/// Groups the indexes of lookups that one statement serves.
fn group_by_statement(lookups: &[Lookup]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, lookup) in lookups.iter().enumerate() {
        let same = |other: &Lookup| other.table == lookup.table && other.columns == lookup.columns;
        match groups.iter_mut().find(|group| same(&lookups[group[0]])) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

fn text(table: &Table, operation: Operation) -> String {
    let name = table.name;
    let keys = &table.columns[..table.key_columns];
    let all = table.columns.join(", ");
    let equal = |columns: &[&str]| columns.join(" = ? AND ") + " = ?";
    let mut text = match operation {
        Operation::Load(columns) => return format!("SELECT {all} FROM {name} WHERE {}", equal(columns)),
        Operation::Insert => {
            return format!("INSERT INTO {name} ({all}) VALUES (?{})", ", ?".repeat(table.columns.len() - 1));
        }
        Operation::Update => {
            let rest = table.columns[table.key_columns..].join(" = ?, ");
            format!("UPDATE {name} SET {rest} = ? WHERE {}", equal(keys))
        }
        Operation::Delete => format!("DELETE FROM {name} WHERE {}", equal(keys)),
    };
    if table.versioned {
        write!(text, " AND version = ?").expect("writing to a String cannot fail");
    }
    text
}
