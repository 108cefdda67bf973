use std::any::TypeId;

use boxoffice_database::{Change, Row, Value, to_value};
use boxoffice_envelope::{Event, Message};
use boxoffice_outbox::{Counter, Retry, RetryState};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Moment,
    shelf::{AnyShelf, Shelf},
};

/// A service's tables as a batch sees them: what is in the database, and what the members before have changed.
///
/// Rows must have been named in [`Command::needs`](crate::Command::needs); to look at one that was not is a fault of
/// the program and fails that command alone.
#[derive(Default)]
pub struct World {
    shelves: Vec<(TypeId, Box<dyn AnyShelf>)>,
    said: Vec<Message>,
    said_before: usize,
    nudges: Vec<Nudge>,
    nudges_before: usize,
}

/// A hint to the service's own tasks after the commit: there is something to do. It may be lost; what there is to do
/// stands in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nudge {
    /// What is to be done, in the service's own words.
    pub what: &'static str,
    /// To what.
    pub id: Uuid,
}

/// The counter of the positions of what a service parked itself.
pub(crate) const PARKED: &str = "parked";

const NOT_LOADED: &str = "a row is used that the command did not name among its needs";

impl World {
    /// The row with this key.
    ///
    /// # Panics
    /// When it is not among the needs.
    pub fn get<R: Row>(&self, key: R::Key) -> Option<&R> {
        self.seen(&key).unwrap_or_else(|()| panic!("{NOT_LOADED}: {} {key:?}", R::TABLE.name))
    }

    /// The rows whose column holds `value`, in the order of their keys as far as they were loaded, then as added.
    /// What the same member has changed is seen by the next one only.
    ///
    /// # Panics
    /// When they are not among the needs.
    pub fn find<R: Row>(&self, column: &'static [&'static str; 1], value: &impl Serialize) -> Vec<&R> {
        let value = to_value(value);
        self.found(column[0], value).unwrap_or_else(|()| panic!("{NOT_LOADED}: {} by {}", R::TABLE.name, column[0]))
    }

    /// The row with this key, to be changed. Its version counts one more.
    ///
    /// # Panics
    /// When it is not among the needs, or its table has no versions.
    pub fn edit<R: Row>(&mut self, key: R::Key) -> Option<&mut R> {
        self.shelf_mut::<R>().edit(&key).unwrap_or_else(|()| panic!("{NOT_LOADED}: {} {key:?}", R::TABLE.name))
    }

    /// Adds a row; its version becomes 1.
    ///
    /// # Panics
    /// When there is one with its key among the rows loaded. One that was not loaded is refused by the database.
    pub fn insert<R: Row>(&mut self, row: R) {
        let key = row.key();
        assert!(self.shelf_mut::<R>().insert(row), "there is a row {key:?} in {} already", R::TABLE.name);
    }

    /// Takes a row away.
    ///
    /// # Panics
    /// When it is not among the needs.
    pub fn delete<R: Row>(&mut self, key: R::Key) -> Option<R> {
        self.shelf_mut::<R>().delete(&key).unwrap_or_else(|()| panic!("{NOT_LOADED}: {} {key:?}", R::TABLE.name))
    }

    /// Announces `event` to the other services, in the transaction that makes it true.
    pub fn say<E: Event>(&mut self, event: &E, moment: &Moment) {
        self.said.push(Message::of(event, moment.id(), moment.now, moment.origin.clone()));
    }

    /// Puts `event` aside as a dead letter of the service's own: a task of it has failed as often as it may, and an
    /// operator decides. It is said to nobody; replayed, it meets the reaction of
    /// [`Reactions::parked`](crate::Reactions::parked). Its position is a negative number of its own.
    ///
    /// # Panics
    /// When [`Need::parking`](crate::Need::parking) is not among the needs.
    pub fn park<E: Event>(&mut self, event: &E, error: String, moment: &Moment) {
        let message = Message::of(event, moment.id(), moment.now, moment.origin.clone());
        let position = -self.next_number(PARKED);
        self.insert(Retry::of(position, &message, (RetryState::Dead, 0, moment.now), error));
        crate::hearing::waiting(self, 1);
    }

    /// Hints to the service's own tasks, after the commit.
    pub fn nudge(&mut self, what: &'static str, id: Uuid) {
        self.nudges.push(Nudge { what, id });
    }

    /// The next number of a counter that is among the needs: 1 first.
    pub fn next_number(&mut self, name: &str) -> i64 {
        if let Some(counter) = self.edit::<Counter>(name.to_owned()) {
            counter.last += 1;
            return counter.last;
        }
        self.insert(Counter { name: name.to_owned(), last: 1, version: 1 });
        1
    }

    pub(crate) fn seen<R: Row>(&self, key: &R::Key) -> Result<Option<&R>, ()> {
        self.shelf::<R>().ok_or(())?.row(key)
    }

    pub(crate) fn found<R: Row>(&self, column: &'static str, value: Value) -> Result<Vec<&R>, ()> {
        self.shelf::<R>().ok_or(())?.find(column, value)
    }

    fn shelf<R: Row>(&self) -> Option<&Shelf<R>> {
        let (_, shelf) = self.shelves.iter().find(|(kind, _)| *kind == TypeId::of::<R>())?;
        shelf.as_any().downcast_ref()
    }

    pub(crate) fn shelf_mut<R: Row>(&mut self) -> &mut Shelf<R> {
        let kind = TypeId::of::<R>();
        let index = self.shelves.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.shelves.push((kind, Box::new(Shelf::<R>::default())));
            self.shelves.len() - 1
        });
        self.shelves[index].1.as_any_mut().downcast_mut().expect("a shelf is found by the type of its rows")
    }

    /// Takes back what was done since the last [`World::keep`].
    pub(crate) fn undo(&mut self) {
        self.shelves.iter_mut().for_each(|(_, shelf)| shelf.undo());
        self.said.truncate(self.said_before);
        self.nudges.truncate(self.nudges_before);
    }

    /// Keeps what was done so far.
    pub(crate) fn keep(&mut self) {
        self.shelves.iter_mut().for_each(|(_, shelf)| shelf.keep());
        self.said_before = self.said.len();
        self.nudges_before = self.nudges.len();
    }

    pub(crate) fn take_said(&mut self) -> Vec<Message> {
        self.said_before = 0;
        std::mem::take(&mut self.said)
    }

    pub(crate) fn take_nudges(&mut self) -> Vec<Nudge> {
        self.nudges_before = 0;
        std::mem::take(&mut self.nudges)
    }

    /// All rows of one kind that are here, for the few kinds of which there are few.
    pub(crate) fn rows<R: Row>(&self) -> impl Iterator<Item = &R> {
        self.shelf::<R>().into_iter().flat_map(Shelf::rows)
    }

    /// Whether the present member has changed or said anything.
    pub(crate) fn is_touched(&self) -> bool {
        self.said.len() > self.said_before || self.shelves.iter().any(|(_, shelf)| shelf.is_touched())
    }

    pub(crate) fn is_changed(&self) -> bool {
        !self.said.is_empty() || self.shelves.iter().any(|(_, shelf)| shelf.is_changed())
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.shelves.iter().for_each(|(_, shelf)| shelf.changes(&mut changes));
        changes
    }
}
