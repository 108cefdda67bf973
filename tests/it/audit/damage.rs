//! Copies of a data folder, and changes to their rows that bypass the rules of the services.

use std::{fs, path::Path};

use boxoffice::SERVICES;
use boxoffice_database::{Change, Database, Error, Row};

/// The databases of a data folder: one of each service, and that of the simulated payment provider.
fn databases() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name).chain(["provider"])
}

fn open(folder: &Path, name: &str) -> Database {
    Database::open_in(folder, name, &[]).unwrap()
}

/// The data of a stopped system.
pub struct Original {
    folder: tempfile::TempDir,
    /// An open connection keeps SQLite from removing the write-ahead log while the files are copied.
    _open: Vec<Database>,
}

impl Original {
    pub fn of(folder: tempfile::TempDir) -> Self {
        let open = databases().map(|name| open(folder.path(), name)).collect();
        Self { folder, _open: open }
    }

    pub fn copy(&self) -> DataCopy {
        let copy = tempfile::tempdir().unwrap();
        for name in databases() {
            for end in ["sqlite", "sqlite-wal"] {
                let file = format!("{name}.{end}");
                let from = self.folder.path().join(&file);
                if from.exists() {
                    fs::copy(from, copy.path().join(&file)).unwrap();
                }
            }
        }
        DataCopy(copy)
    }
}

/// A copy of the data to damage.
pub struct DataCopy(tempfile::TempDir);

impl DataCopy {
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// All rows of one table, ordered by key.
    pub fn rows<R: Row>(&self, service: &str) -> Vec<R> {
        let mut rows: Vec<R> = open(self.path(), service).snapshot().unwrap().select("", Vec::new()).unwrap();
        rows.sort_unstable_by_key(Row::key);
        rows
    }

    /// The first row, by key, that `which` selects.
    pub fn row<R: Row>(&self, service: &str, which: impl Fn(&R) -> bool) -> R {
        let found = self.rows::<R>(service).into_iter().find(which);
        found.unwrap_or_else(|| panic!("{service} has no such row of {}", R::TABLE.name))
    }

    fn try_edit<R: Row>(
        &self,
        service: &str,
        which: impl Fn(&R) -> bool,
        change: impl FnOnce(&mut R),
    ) -> Result<(), Error> {
        let before = self.row(service, which);
        let mut after = before.clone();
        change(&mut after);
        // Append-only tables have no UPDATE statement.
        if R::TABLE.versioned {
            self.commit(
                service,
                &[Change::Update { table: R::TABLE, values: after.values(), loaded: before.version() }],
            )
        } else {
            self.commit(service, &[deletion(&before), insertion(&after)])
        }
    }

    /// Changes one row and no related row.
    pub fn edit<R: Row>(&self, service: &str, which: impl Fn(&R) -> bool, change: impl FnOnce(&mut R)) {
        self.try_edit(service, which, change).unwrap();
    }

    /// Expects that a constraint of the schema refuses this change.
    pub fn refuses<R: Row>(&self, service: &str, which: impl Fn(&R) -> bool, change: impl FnOnce(&mut R)) {
        let outcome = self.try_edit(service, which, change);
        assert!(matches!(outcome, Err(Error::Constraint { .. })), "{}: {outcome:?}", R::TABLE.name);
    }

    pub fn remove<R: Row>(&self, service: &str, which: impl Fn(&R) -> bool) {
        self.commit(service, &[deletion(&self.row(service, which))]).unwrap();
    }

    pub fn add<R: Row>(&self, service: &str, row: &R) {
        self.commit(service, &[insertion(row)]).unwrap();
    }

    fn commit(&self, service: &str, changes: &[Change]) -> Result<(), Error> {
        let mut session = open(self.path(), service).session().unwrap();
        session.begin().unwrap();
        session.commit(changes)
    }
}

fn insertion<R: Row>(row: &R) -> Change {
    Change::Insert { table: R::TABLE, values: row.values() }
}

fn deletion<R: Row>(row: &R) -> Change {
    let loaded = R::TABLE.versioned.then(|| row.version());
    Change::Delete { table: R::TABLE, key: R::key_values(&row.key()), loaded }
}
