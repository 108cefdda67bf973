use boxoffice_database::{Error, Lookup, Records, Row};
use boxoffice_outbox::{Counter, LOG, LogHead};
use serde::Serialize;

use crate::{
    World,
    shelf::{by_column, by_key},
    world::PARKED,
};

/// Where a command names the rows it needs. What is loaded already is returned at once, so that one row can lead to
/// the next; what is not is loaded before the command is asked again.
pub struct Need<'w> {
    world: &'w World,
    asked: &'w mut Vec<Asked>,
}

/// A lookup and how its rows get into the world.
pub(crate) struct Asked {
    pub(crate) lookup: Lookup,
    pub(crate) admit: Admit,
}

pub(crate) type Admit = Box<dyn FnOnce(&mut World, Lookup, Records) -> Result<(), Error> + Send>;

impl<'w> Need<'w> {
    pub(crate) fn new(world: &'w World, asked: &'w mut Vec<Asked>) -> Self {
        Self { world, asked }
    }

    /// The row with this key. None while it is not loaded, and when there is none.
    pub fn row<R: Row>(&mut self, key: R::Key) -> Option<&'w R> {
        if let Ok(row) = self.world.seen::<R>(&key) {
            return row;
        }
        self.asked.push(Asked {
            lookup: by_key::<R>(&key),
            admit: Box::new(|world, lookup, records| world.shelf_mut::<R>().admit(lookup, records, Some(key))),
        });
        None
    }

    /// The rows whose column holds `value`. Empty while they are not loaded.
    pub fn find<R: Row>(&mut self, column: &'static [&'static str; 1], value: &impl Serialize) -> Vec<&'w R> {
        let lookup = by_column::<R>(column, value);
        if let Ok(rows) = self.world.found::<R>(column[0], lookup.values[0].clone()) {
            return rows;
        }
        self.asked.push(Asked {
            lookup,
            admit: Box::new(|world, lookup, records| world.shelf_mut::<R>().admit(lookup, records, None)),
        });
        Vec::new()
    }

    /// The counter from which [`World::next_number`] counts on.
    pub fn counter(&mut self, name: &str) {
        self.row::<Counter>(name.to_owned());
    }

    /// What [`World::park`] changes.
    pub fn parking(&mut self) {
        self.row::<LogHead>(LOG.to_owned());
        self.counter(PARKED);
    }
}
