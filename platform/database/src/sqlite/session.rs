use std::{collections::HashMap, fmt::Write};

use rusqlite::{Connection, params_from_iter};

use super::{fault, record};
use crate::{Change, Error, Lookup, Session, Table, Value};

/// Row by row with prepared statements, on the thread of the writer: without a server there is no round trip to save.
pub(crate) struct SqliteSession {
    connection: Connection,
    texts: HashMap<(&'static str, Verb), String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Verb {
    Load(&'static [&'static str]),
    Insert,
    Update,
    Delete,
}

impl SqliteSession {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection, texts: HashMap::new() }
    }

    fn change(&mut self, change: &Change) -> Result<(), Error> {
        let (table, verb) = match change {
            Change::Insert { table, .. } => (*table, Verb::Insert),
            Change::Update { table, .. } => (*table, Verb::Update),
            Change::Delete { table, .. } => (*table, Verb::Delete),
        };
        let text = self.texts.entry((table.name, verb)).or_insert_with(|| text(table, verb));
        let mut statement = self.connection.prepare_cached(text).map_err(fault)?;
        let changed = match change {
            Change::Insert { values, .. } => statement.execute(params_from_iter(values)),
            Change::Update { values, loaded, .. } => {
                let keys = &values[..table.key_columns];
                let rest = &values[table.key_columns..];
                let version = Value::Int(*loaded);
                statement.execute(params_from_iter(rest.iter().chain(keys).chain([&version])))
            }
            Change::Delete { key, loaded, .. } => {
                let version = loaded.map(Value::Int);
                statement.execute(params_from_iter(key.iter().chain(&version)))
            }
        };
        if changed.map_err(fault)? == 1 { Ok(()) } else { Err(Error::Stale { table: table.name }) }
    }
}

impl Session for SqliteSession {
    fn begin(&mut self) -> Result<(), Error> {
        // IMMEDIATE: a transaction that reads first and asks for the write lock afterwards may be refused it.
        // Deferred: rows of one batch may refer to each other in whichever order they are written.
        self.connection.execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON").map_err(fault)
    }

    fn load(&mut self, lookups: &[Lookup]) -> Result<Vec<Vec<Vec<Value>>>, Error> {
        let mut found = Vec::with_capacity(lookups.len());
        for lookup in lookups {
            let verb = Verb::Load(lookup.columns);
            let text = self.texts.entry((lookup.table.name, verb)).or_insert_with(|| text(lookup.table, verb));
            let mut statement = self.connection.prepare_cached(text).map_err(fault)?;
            let mut rows = statement.query(params_from_iter(&lookup.values)).map_err(fault)?;
            let mut records = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                records.push(record(row, lookup.table.name)?);
            }
            found.push(records);
        }
        Ok(found)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), Error> {
        for change in changes {
            self.change(change)?;
        }
        self.connection.execute_batch("COMMIT").map_err(|error| {
            if error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_FSYNC) {
                // After a failed fsync nobody knows what the disk holds; only a fresh start reads it anew.
                tracing::error!(%error, "fsync failed: aborting, because neither success nor failure may be claimed");
                std::process::abort();
            }
            fault(error)
        })
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

fn text(table: &Table, verb: Verb) -> String {
    let name = table.name;
    let keys = &table.columns[..table.key_columns];
    let all = table.columns.join(", ");
    let equal = |columns: &[&str]| columns.join(" = ? AND ") + " = ?";
    let mut text = match verb {
        Verb::Load(columns) => return format!("SELECT {all} FROM {name} WHERE {}", equal(columns)),
        Verb::Insert => {
            return format!("INSERT INTO {name} ({all}) VALUES (?{})", ", ?".repeat(table.columns.len() - 1));
        }
        Verb::Update => {
            let rest = table.columns[table.key_columns..].join(" = ?, ");
            format!("UPDATE {name} SET {rest} = ? WHERE {}", equal(keys))
        }
        Verb::Delete => format!("DELETE FROM {name} WHERE {}", equal(keys)),
    };
    if table.versioned {
        write!(text, " AND version = ?").expect("writing to a String cannot fail");
    }
    text
}
