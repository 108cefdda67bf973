use std::any::TypeId;

use boxoffice_database::{Change, Row, Value, to_value};
use boxoffice_envelope::{Event, Message};
use boxoffice_outbox::Counter;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    context::CommandContext,
    row_set::{AnyRowSet, RowSet},
};

/// The rows that a batch has loaded, with the changes of its earlier members, and the events that it publishes.
///
/// A command may use the rows that its [`Command::read_set`](crate::Command::read_set) names. Any other row is a bug: the
/// methods panic, and the panic fails that command alone.
#[derive(Default)]
pub struct UnitOfWork {
    row_sets: Vec<(TypeId, Box<dyn AnyRowSet>)>,
    published: Vec<Message>,
    published_before: usize,
    signals: Vec<Signal>,
    signals_before: usize,
}

/// Wakes a task of the service after a commit, such as the one that sends notifications.
///
/// A signal may be lost, so the task also polls its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The task to wake, by a name that the service defines.
    pub name: &'static str,
    /// The row that the task should look at.
    pub id: Uuid,
}

const NOT_IN_READ_SET: &str = "a command uses a row that its read set does not name";

impl UnitOfWork {
    /// The row with this key; `None` when it does not exist.
    ///
    /// # Panics
    /// When the read set does not name the row.
    pub fn get<R: Row>(&self, key: R::Key) -> Option<&R> {
        self.loaded(&key).unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} {key:?}", R::TABLE.name))
    }

    /// The rows whose column holds `value`: loaded rows in order of their keys, then rows that earlier members added.
    ///
    /// Rows that the present member inserts, or moves to `value`, appear for the next member only.
    ///
    /// # Panics
    /// When the read set does not name this column and value.
    pub fn find<R: Row>(&self, column: &'static [&'static str; 1], value: &impl Serialize) -> Vec<&R> {
        self.loaded_by(column[0], to_value(value))
            .unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} by {}", R::TABLE.name, column[0]))
    }

    /// The row with this key, for changes in place; `None` when it does not exist. The version counts on.
    ///
    /// # Panics
    /// When the read set does not name the row, or its table has no versions.
    pub fn edit<R: Row>(&mut self, key: R::Key) -> Option<&mut R> {
        self.row_set_mut::<R>().edit(&key).unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} {key:?}", R::TABLE.name))
    }

    /// Replaces the row with the key of `row`. The version counts on from the loaded row; `row.version` is ignored.
    ///
    /// Clone the row of [`UnitOfWork::get`], change the clone, and pass it to this method.
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

    /// Adds a row, with version 1.
    ///
    /// # Panics
    /// When a loaded row has the same key. The database refuses the batch when the same key exists but was not loaded.
    pub fn insert<R: Row>(&mut self, row: R) {
        let key = row.key();
        assert!(self.row_set_mut::<R>().insert(row), "table {} already has a row {key:?}", R::TABLE.name);
    }

    /// Deletes the row with this key and returns it; `None` when it does not exist.
    ///
    /// # Panics
    /// When the read set does not name the row.
    pub fn delete<R: Row>(&mut self, key: R::Key) -> Option<R> {
        self.row_set_mut::<R>().delete(&key).unwrap_or_else(|()| panic!("{NOT_IN_READ_SET}: {} {key:?}", R::TABLE.name))
    }

    /// Publishes `event`: the writer stores it in the outbox, in the transaction of the changes of this unit of work.
    pub fn publish<E: Event>(&mut self, event: &E, context: &CommandContext) {
        self.published.push(Message::of(event, context.id(), context.now, context.origin.clone()));
    }

    /// Sends a [`Signal`] after the commit. A refusal or a failed commit drops it.
    pub fn signal(&mut self, name: &'static str, id: Uuid) {
        self.signals.push(Signal { name, id });
    }

    /// The next number of the counter `name`, beginning with 1.
    ///
    /// # Panics
    /// When the read set lacks [`ReadSet::counter`](crate::ReadSet::counter).
    pub fn next_number(&mut self, name: &str) -> i64 {
        if let Some(counter) = self.edit::<Counter>(name.to_owned()) {
            counter.last_number += 1;
            return counter.last_number;
        }
        self.insert(Counter { name: name.to_owned(), last_number: 1, version: 1 });
        1
    }
}

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
    /// The row with this key; `Err` when it was not loaded.
    pub(crate) fn loaded<R: Row>(&self, key: &R::Key) -> Result<Option<&R>, ()> {
        self.row_set::<R>().ok_or(())?.row(key)
    }

    /// The rows whose column holds `value`; `Err` when they were not loaded.
    pub(crate) fn loaded_by<R: Row>(&self, column: &'static str, value: Value) -> Result<Vec<&R>, ()> {
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
        self.row_sets[index].1.as_any_mut().downcast_mut().expect("a row set is stored under the type of its rows")
    }

    /// Undoes the changes, messages and signals since the last [`UnitOfWork::accept_member`].
    pub(crate) fn undo(&mut self) {
        self.row_sets.iter_mut().for_each(|(_, row_set)| row_set.undo());
        self.published.truncate(self.published_before);
        self.signals.truncate(self.signals_before);
    }

    /// Accepts the changes so far: a later member that fails does not undo them.
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

    /// All rows of one table that are loaded or inserted. For tables of which a batch loads few rows.
    pub(crate) fn rows<R: Row>(&self) -> impl Iterator<Item = &R> {
        self.row_set::<R>().into_iter().flat_map(RowSet::rows)
    }

    /// Whether the present member has changed a row or published an event.
    pub(crate) fn has_member_changes(&self) -> bool {
        self.published.len() > self.published_before
            || self.row_sets.iter().any(|(_, row_set)| row_set.has_member_changes())
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
    fn a_refusal_undoes_an_update() {
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
