use std::any::TypeId;

use boxoffice_database::{Change, Row, Value, to_value};
use boxoffice_envelope::{Event, Message};
use boxoffice_outbox::{Counter, DeferredMessage, DeferredState};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    CommandContext,
    row_set::{AnyRowSet, RowSet},
};

/// A service's tables as a batch sees them: what is in the database, and what the members before have changed.
///
/// Rows must have been named in [`Command::read_set`](crate::Command::read_set); to look at one that was not is a fault of
/// the program and fails that command alone.
#[derive(Default)]
pub struct UnitOfWork {
    row_sets: Vec<(TypeId, Box<dyn AnyRowSet>)>,
    published: Vec<Message>,
    published_before: usize,
    signals: Vec<Signal>,
    signals_before: usize,
}

/// A hint to the service's own tasks after the commit: there is something to do. It may be lost; what there is to do
/// stands in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// What is to be done, in the service's own words.
    pub name: &'static str,
    /// To what.
    pub id: Uuid,
}

/// The counter of the positions of what a service parked itself.
pub(crate) const DEAD_LETTERS: &str = "parked";

const NOT_IN_READ_SET: &str = "a command uses a row that its read set does not name";

/// A unit of work without a writer, for unit tests of [`Command::decide`](crate::Command::decide):
/// `UnitOfWork::default().with_row(order).without_row::<Hold>(id)`.
impl UnitOfWork {
    /// Adds `row` as if the read set had loaded it.
    #[must_use]
    pub fn with_row<R: Row>(mut self, row: R) -> Self {
        self.row_set_mut::<R>().load(row.key(), Some(row));
        self
    }

    /// Records that the read set looked for `key` and found no row.
    #[must_use]
    pub fn without_row<R: Row>(mut self, key: R::Key) -> Self {
        self.row_set_mut::<R>().load(key, None);
        self
    }

    /// Adds `rows` as the result of [`ReadSet::find`](crate::ReadSet::find) with the same `column` and `value`.
    #[must_use]
    pub fn with_rows<R: Row>(
        mut self,
        column: &'static [&'static str; 1],
        value: &impl Serialize,
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        self.row_set_mut::<R>().load_found(column[0], to_value(value), rows);
        self
    }

    /// The messages published so far, oldest first.
    pub fn published(&self) -> &[Message] {
        &self.published
    }

    /// The signals sent so far, oldest first.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }
}

impl UnitOfWork {
    /// The row with this key.
    ///
    /// # Panics
    /// When it is not among the needs.
    pub fn get<R: Row>(&self, key: R::Key) -> Option<&R> {
        self.seen(&key).unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} {key:?}", R::TABLE.name))
    }

    /// The rows whose column holds `value`, in the order of their keys as far as they were loaded, then as added.
    /// What the same member has changed is seen by the next one only.
    ///
    /// # Panics
    /// When they are not among the needs.
    pub fn find<R: Row>(&self, column: &'static [&'static str; 1], value: &impl Serialize) -> Vec<&R> {
        let value = to_value(value);
        self.found(column[0], value)
            .unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} by {}", R::TABLE.name, column[0]))
    }

    /// The row with this key, to be changed. Its version counts one more.
    ///
    /// # Panics
    /// When it is not among the needs, or its table has no versions.
    pub fn edit<R: Row>(&mut self, key: R::Key) -> Option<&mut R> {
        self.row_set_mut::<R>().edit(&key).unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} {key:?}", R::TABLE.name))
    }

    /// Replaces the row that has the key of `row`. The version counts on from the loaded row, whatever `row.version` holds.
    ///
    /// Pairs with [`UnitOfWork::get`]: clone the row, change the clone, hand it back.
    ///
    /// # Panics
    /// When the read set did not load a row with this key, when the unit of work has deleted it, or when its table has no
    /// versions. A panic fails this command alone.
    pub fn update<R: Row>(&mut self, row: R) {
        let (table, key) = (R::TABLE.name, row.key());
        match self.row_set_mut::<R>().update(row) {
            Ok(true) => {}
            Ok(false) => panic!("table {table} has no row {key:?} to update: insert it instead"),
            Err(()) => panic!("{NOT_IN_READ_SET}: {table} {key:?}"),
        }
    }

    /// Adds a row; its version becomes 1.
    ///
    /// # Panics
    /// When there is one with its key among the rows loaded. One that was not loaded is refused by the database.
    pub fn insert<R: Row>(&mut self, row: R) {
        let key = row.key();
        assert!(self.row_set_mut::<R>().insert(row), "there is a row {key:?} in {} already", R::TABLE.name);
    }

    /// Takes a row away.
    ///
    /// # Panics
    /// When it is not among the needs.
    pub fn delete<R: Row>(&mut self, key: R::Key) -> Option<R> {
        self.row_set_mut::<R>().delete(&key).unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} {key:?}", R::TABLE.name))
    }

    /// Announces `event` to the other services, in the transaction that makes it true.
    pub fn publish<E: Event>(&mut self, event: &E, context: &CommandContext) {
        self.published.push(Message::of(event, context.id(), context.now, context.origin.clone()));
    }

    /// Puts `event` aside as a dead letter of the service's own: a task of it has failed as often as it may, and an
    /// operator decides. It is said to nobody; replayed, it meets the reaction of
    /// [`Reactions::parked`](crate::Reactions::parked). Its position is a negative number of its own.
    ///
    /// # Panics
    /// When [`ReadSet::parking`](crate::ReadSet::parking) is not among the needs.
    pub fn dead_letter<E: Event>(&mut self, event: &E, error: String, context: &CommandContext) {
        let message = Message::of(event, context.id(), context.now, context.origin.clone());
        let position = -self.next_number(DEAD_LETTERS);
        self.insert(DeferredMessage::of(position, &message, (DeferredState::DeadLettered, 0, context.now), error));
        crate::delivery::waiting(self, 1);
    }

    /// Hints to the service's own tasks, after the commit.
    pub fn signal(&mut self, name: &'static str, id: Uuid) {
        self.signals.push(Signal { name, id });
    }

    /// The next number of a counter that is among the needs: 1 first.
    pub fn next_number(&mut self, name: &str) -> i64 {
        if let Some(counter) = self.edit::<Counter>(name.to_owned()) {
            counter.last_number += 1;
            return counter.last_number;
        }
        self.insert(Counter { name: name.to_owned(), last_number: 1, version: 1 });
        1
    }

    pub(crate) fn seen<R: Row>(&self, key: &R::Key) -> Result<Option<&R>, ()> {
        self.row_set::<R>().ok_or(())?.row(key)
    }

    pub(crate) fn found<R: Row>(&self, column: &'static str, value: Value) -> Result<Vec<&R>, ()> {
        self.row_set::<R>().ok_or(())?.find(column, value)
    }

    fn row_set<R: Row>(&self) -> Option<&RowSet<R>> {
        let (_, row_set) = self.row_sets.iter().find(|(kind, _)| *kind == TypeId::of::<R>())?;
        row_set.as_any().downcast_ref()
    }

    pub(crate) fn row_set_mut<R: Row>(&mut self) -> &mut RowSet<R> {
        let kind = TypeId::of::<R>();
        let index = self.row_sets.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.row_sets.push((kind, Box::new(RowSet::<R>::default())));
            self.row_sets.len() - 1
        });
        self.row_sets[index].1.as_any_mut().downcast_mut().expect("a shelf is found by the type of its rows")
    }

    /// Takes back what was done since the last [`UnitOfWork::keep`].
    pub(crate) fn undo(&mut self) {
        self.row_sets.iter_mut().for_each(|(_, row_set)| row_set.undo());
        self.published.truncate(self.published_before);
        self.signals.truncate(self.signals_before);
    }

    /// Keeps what was done so far.
    pub(crate) fn accept_member(&mut self) {
        self.row_sets.iter_mut().for_each(|(_, row_set)| row_set.accept_member());
        self.published_before = self.published.len();
        self.signals_before = self.signals.len();
    }

    pub(crate) fn take_published(&mut self) -> Vec<Message> {
        self.published_before = 0;
        std::mem::take(&mut self.published)
    }

    pub(crate) fn take_signals(&mut self) -> Vec<Signal> {
        self.signals_before = 0;
        std::mem::take(&mut self.signals)
    }

    /// All rows of one kind that are here, for the few kinds of which there are few.
    pub(crate) fn rows<R: Row>(&self) -> impl Iterator<Item = &R> {
        self.row_set::<R>().into_iter().flat_map(RowSet::rows)
    }

    /// Whether the present member has changed or said anything.
    pub(crate) fn member_changed_rows(&self) -> bool {
        self.published.len() > self.published_before
            || self.row_sets.iter().any(|(_, row_set)| row_set.member_changed_rows())
    }

    pub(crate) fn is_changed(&self) -> bool {
        !self.published.is_empty() || self.row_sets.iter().any(|(_, row_set)| row_set.is_changed())
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.row_sets.iter().for_each(|(_, row_set)| row_set.changes(&mut changes));
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    boxoffice_database::table! {
        /// An account of the tests.
        pub struct Account in "accounts" versioned {
            key { id: i64 }
            owner: i64,
            balance: i64,
        }
    }

    fn account(id: i64, balance: i64) -> Account {
        Account { id, owner: 1, balance, version: 7 }
    }

    #[test]
    fn an_update_replaces_the_row_and_counts_its_version_on() {
        let mut work = UnitOfWork::default().with_row(account(1, 10));
        work.update(Account { version: 99, ..account(1, 25) });
        assert_eq!(work.get::<Account>(1), Some(&Account { version: 8, ..account(1, 25) }));
        assert!(matches!(&work.changes()[..], [Change::Update { loaded: 7, .. }]));
    }

    #[test]
    fn two_changes_of_one_member_count_as_one_version() {
        let mut work = UnitOfWork::default().with_row(account(1, 10));
        work.edit::<Account>(1).unwrap().balance = 20;
        work.update(account(1, 30));
        assert_eq!(work.get::<Account>(1), Some(&Account { version: 8, ..account(1, 30) }));
        work.accept_member();
        work.update(account(1, 40));
        assert_eq!(work.get::<Account>(1).unwrap().version, 9);
    }

    #[test]
    fn a_refusal_takes_an_update_back() {
        let mut work = UnitOfWork::default().with_row(account(1, 10));
        work.update(account(1, 30));
        work.undo();
        assert_eq!(work.get::<Account>(1), Some(&account(1, 10)));
        assert!(work.changes().is_empty());
    }

    #[test]
    fn an_updated_row_is_found_by_its_new_column() {
        let mut work = UnitOfWork::default()
            .with_rows(&["owner"], &1, [account(1, 10), account(2, 20)])
            .with_rows::<Account>(&["owner"], &2, []);
        work.update(Account { owner: 2, ..account(2, 20) });
        work.accept_member();
        let owned = |work: &UnitOfWork, owner: i64| {
            work.find::<Account>(&["owner"], &owner).iter().map(|account| account.id).collect::<Vec<_>>()
        };
        assert_eq!((owned(&work, 1), owned(&work, 2)), (vec![1], vec![2]));
    }

    #[test]
    #[should_panic(expected = "a command uses a row that its read set does not name: accounts 2")]
    fn an_update_of_a_row_outside_the_read_set_panics() {
        UnitOfWork::default().with_row(account(1, 10)).update(account(2, 30));
    }

    #[test]
    #[should_panic(expected = "table accounts has no row 2 to update")]
    fn an_update_of_a_missing_row_panics() {
        UnitOfWork::default().without_row::<Account>(2).update(account(2, 30));
    }
}
