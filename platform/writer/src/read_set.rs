use boxoffice_database::{Error, Lookup, Records, Row};
use boxoffice_outbox::{Counter, LOG, LogHead};
use serde::Serialize;

use crate::{
    deferral::DEAD_LETTERS,
    row_set::{by_column, by_key},
    unit_of_work::UnitOfWork,
};

/// The rows that a command needs.
///
/// [`Command::read_set`](crate::Command::read_set) names them. A row that is loaded already is returned at once, so that
/// one row can lead to the next; the writer loads the others in one round trip and calls the command again.
pub struct ReadSet<'w> {
    work: &'w UnitOfWork,
    pending: &'w mut Vec<PendingLookup>,
}

/// A lookup that the next round trip runs, and how its result gets into the unit of work.
pub(crate) struct PendingLookup {
    pub(crate) lookup: Lookup,
    pub(crate) admit: Admit,
}

pub(crate) type Admit = Box<dyn FnOnce(&mut UnitOfWork, Records) -> Result<(), Error> + Send>;

impl<'w> ReadSet<'w> {
    pub(crate) fn new(work: &'w UnitOfWork, pending: &'w mut Vec<PendingLookup>) -> Self {
        Self { work, pending }
    }

    /// Names the row with this key. `None` when it is not loaded yet or does not exist.
    pub fn row<R: Row>(&mut self, key: R::Key) -> Option<&'w R> {
        if let Ok(row) = self.work.loaded::<R>(&key) {
            return row;
        }
        self.pending.push(PendingLookup {
            lookup: by_key::<R>(&key),
            admit: Box::new(|work, records| {
                let row = records.into_iter().next().map(R::from_values).transpose()?;
                work.row_set_mut::<R>().load(key, row);
                Ok(())
            }),
        });
        None
    }

    /// Names the rows whose column holds `value`. Empty when they are not loaded yet or none exists.
    pub fn find<R: Row>(&mut self, column: &'static [&'static str; 1], value: &impl Serialize) -> Vec<&'w R> {
        let lookup = by_column::<R>(column, value);
        if let Ok(rows) = self.work.loaded_by::<R>(column[0], lookup.values[0].clone()) {
            return rows;
        }
        let (column, value) = (column[0], lookup.values[0].clone());
        self.pending.push(PendingLookup {
            lookup,
            admit: Box::new(move |work, records| {
                let rows: Result<Vec<R>, Error> = records.into_iter().map(R::from_values).collect();
                work.row_set_mut::<R>().load_found(column, value, rows?);
                Ok(())
            }),
        });
        Vec::new()
    }

    /// Names the counter of [`UnitOfWork::next_number`].
    pub fn counter(&mut self, name: &str) {
        self.row::<Counter>(name.to_owned());
    }

    /// Names the rows that [`UnitOfWork::dead_letter`] changes.
    pub fn dead_letters(&mut self) {
        self.row::<LogHead>(LOG.to_owned());
        self.counter(DEAD_LETTERS);
    }
}
