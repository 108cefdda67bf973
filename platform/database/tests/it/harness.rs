//! Test harness: a database file in a temporary folder, with a versioned and an append-only table.

use boxoffice_clock::Timestamp;
use boxoffice_database::{Change, Database, Error, Json, Lookup, Migration, Row, Session, Value, table};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Open,
    SoldOut,
}

table! {
    /// Has a column of each type, and a key of two columns.
    pub struct Sample in "samples" versioned {
        key { id: Uuid, number: i64 }
        text: String,
        small: u32,
        truth: bool,
        at: Timestamp,
        state: State,
        list: Json<Vec<String>>,
        maybe_text: Option<String>,
        maybe_number: Option<i64>,
        maybe_id: Option<Uuid>,
        maybe_at: Option<Timestamp>,
        maybe_state: Option<State>,
        maybe_list: Option<Json<Vec<i64>>>,
    }
}

table! {
    /// Rows that are only added.
    pub struct Line in "lines" appended {
        key { number: i64 }
        text: String,
    }
}

pub const FIRST: Migration = Migration {
    number: 1,
    name: "samples",
    sql: "CREATE TABLE samples (id {{uuid}} NOT NULL, number BIGINT NOT NULL, text {{text}} NOT NULL,
              small BIGINT NOT NULL CHECK (small <= 1000), truth BIGINT NOT NULL, at {{time}} NOT NULL,
              state {{name}} NOT NULL, list {{json}} NOT NULL, maybe_text {{text}}, maybe_number BIGINT,
              maybe_id {{uuid}}, maybe_at {{time}}, maybe_state {{name}}, maybe_list {{json}},
              version BIGINT NOT NULL, PRIMARY KEY (id, number))",
};

pub const SECOND: Migration = Migration {
    number: 2,
    name: "lines",
    sql: "CREATE TABLE lines (number BIGINT NOT NULL PRIMARY KEY, text {{text}} NOT NULL)",
};

/// A database in a temporary folder.
pub struct TestDatabase(TempDir);

impl TestDatabase {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.0.path().join("data")
    }

    pub fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    pub fn open(&self) -> Database {
        self.with(&[FIRST, SECOND]).unwrap()
    }

    pub fn with(&self, migrations: &[Migration]) -> Result<Database, Error> {
        Database::open(&self.url(), &[("test", migrations)])
    }

    /// Runs `sql` on the file, to damage data.
    pub fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }
}

pub fn sample(number: i64) -> Sample {
    Sample {
        id: Uuid::from_u128(7),
        number,
        text: "häßlich ☃ 'quoted' \0 end".into(),
        small: 1000,
        truth: true,
        at: Timestamp::from_micros(1_900_000_000_123_456),
        state: State::SoldOut,
        list: Json(vec!["a".into(), String::new()]),
        maybe_text: Some(String::new()),
        maybe_number: Some(i64::MIN),
        maybe_id: Some(Uuid::max()),
        maybe_at: Some(Timestamp::from_micros(-1)),
        maybe_state: Some(State::Open),
        maybe_list: Some(Json(vec![i64::MAX])),
        version: 1,
    }
}

/// A sample whose optional columns are `None`.
pub fn without_options(number: i64) -> Sample {
    Sample {
        maybe_text: None,
        maybe_number: None,
        maybe_id: None,
        maybe_at: None,
        maybe_state: None,
        maybe_list: None,
        truth: false,
        small: 0,
        ..sample(number)
    }
}

pub fn insert<R: Row>(row: &R) -> Change {
    Change::Insert { table: R::TABLE, values: row.values() }
}

/// Replaces the row with the version `loaded` by `row`.
pub fn update<R: Row>(row: &R, loaded: i64) -> Change {
    Change::Update { table: R::TABLE, values: row.values(), loaded }
}

pub fn delete<R: Row>(row: &R, loaded: Option<i64>) -> Change {
    Change::Delete { table: R::TABLE, key: R::key_values(&row.key()), loaded }
}

/// Commits the changes in one transaction.
pub fn commit(session: &mut dyn Session, changes: &[Change]) -> Result<(), Error> {
    session.begin()?;
    let committed = session.commit(changes);
    session.rollback();
    committed
}

pub fn by_key<R: Row>(key: &R::Key) -> Lookup {
    Lookup { table: R::TABLE, columns: &R::TABLE.columns[..R::TABLE.key_columns], values: R::key_values(key) }
}

pub fn line(number: i64, text: &str) -> Line {
    Line { number, text: text.into() }
}

/// The result of a query of one numeric column.
pub fn numbers(records: &[Vec<Value>]) -> Vec<i64> {
    records.iter().map(|record| if let [Value::Int(n)] = record[..] { n } else { panic!("{record:?}") }).collect()
}
