use boxoffice_database::{Error, Lookup, Records, Row};
use boxoffice_outbox::{Counter, LOG, LogHead};
use serde::Serialize;

use crate::{
    UnitOfWork,
    row_set::{by_column, by_key},
    unit_of_work::DEAD_LETTERS,
};

/// Where a command names the rows it needs. What is loaded already is returned at once, so that one row can lead to
/// the next; what is not is loaded before the command is asked again.
pub struct ReadSet<'w> {
    work: &'w UnitOfWork,
    pending: &'w mut Vec<PendingLookup>,
}

/// A lookup and how its rows get into the world.
pub(crate) struct PendingLookup {
    pub(crate) lookup: Lookup,
    pub(crate) admit: Admit,
}

pub(crate) type Admit = Box<dyn FnOnce(&mut UnitOfWork, Records) -> Result<(), Error> + Send>;

impl<'w> ReadSet<'w> {
    pub(crate) fn new(work: &'w UnitOfWork, pending: &'w mut Vec<PendingLookup>) -> Self {
        Self { work, pending }
    }

    /// The row with this key. None while it is not loaded, and when there is none.
    pub fn row<R: Row>(&mut self, key: R::Key) -> Option<&'w R> {
        if let Ok(row) = self.work.seen::<R>(&key) {
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

    /// The rows whose column holds `value`. Empty while they are not loaded.
    pub fn find<R: Row>(&mut self, column: &'static [&'static str; 1], value: &impl Serialize) -> Vec<&'w R> {
        let lookup = by_column::<R>(column, value);
        if let Ok(rows) = self.work.found::<R>(column[0], lookup.values[0].clone()) {
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

    /// The counter from which [`UnitOfWork::next_number`] counts on.
    pub fn counter(&mut self, name: &str) {
        self.row::<Counter>(name.to_owned());
    }

    /// What [`UnitOfWork::park`] changes.
    pub fn dead_letters(&mut self) {
        self.row::<LogHead>(LOG.to_owned());
        self.counter(DEAD_LETTERS);
    }
}
