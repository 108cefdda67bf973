use std::any::Any;

use boxoffice_database::{Change, Lookup, Row, Value, to_value};
use hashbrown::HashMap;

/// The rows of one table in a unit of work.
pub(crate) struct RowSet<R: Row> {
    slots: HashMap<R::Key, Slot<R>>,
    /// Keys in the order of their first change, so that equal batches write rows in equal order.
    changed: Vec<R::Key>,
    /// Length of `changed` before the present member.
    changed_before: usize,
    /// Number of the present member.
    member: u32,
    /// The slots that the present member changed, as they were before.
    undo: Vec<(R::Key, Option<Slot<R>>)>,
    /// Results of lookups by a column: the keys found, and those added since.
    found: HashMap<(&'static str, Value), Vec<R::Key>>,
    /// The columns of `found`.
    indexed: Vec<&'static str>,
}

#[derive(Clone)]
struct Slot<R> {
    /// The version in the database; `None` when the row does not exist there.
    stored: Option<i64>,
    row: Option<R>,
    changed: bool,
    /// Number of the last member that changed the slot.
    member: u32,
    /// Whether the stored row is deleted and another one inserted under its key.
    replaced: bool,
}

impl<R: Row> Slot<R> {
    /// A slot as it is in the database.
    fn of(row: Option<R>) -> Self {
        Self { stored: row.as_ref().map(Row::version), row, changed: false, member: 0, replaced: false }
    }
}

impl<R: Row> Default for RowSet<R> {
    fn default() -> Self {
        Self {
            slots: HashMap::new(),
            changed: Vec::new(),
            changed_before: 0,
            member: 1,
            undo: Vec::new(),
            found: HashMap::new(),
            indexed: Vec::new(),
        }
    }
}

impl<R: Row> RowSet<R> {
    /// The row with this key; `Ok(None)` when it does not exist, `Err` when it was not loaded.
    pub(crate) fn row(&self, key: &R::Key) -> Result<Option<&R>, ()> {
        self.slots.get(key).map(|slot| slot.row.as_ref()).ok_or(())
    }

    /// The rows whose `column` holds `value`; `Err` when they were not loaded.
    pub(crate) fn find(&self, column: &'static str, value: Value) -> Result<Vec<&R>, ()> {
        let lookup = (column, value);
        let keys = self.found.get(&lookup).ok_or(())?;
        let rows = keys.iter().filter_map(|key| self.slots.get(key)?.row.as_ref());
        Ok(rows.filter(|row| row.column(column) == lookup.1).collect())
    }

    /// All rows that are loaded or inserted.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &R> {
        self.slots.values().filter_map(|slot| slot.row.as_ref())
    }

    /// Adds the result of a lookup by key: the row, or `None` when it does not exist. Called before any change.
    pub(crate) fn load(&mut self, key: R::Key, row: Option<R>) {
        self.slots.entry(key).or_insert_with(|| Slot::of(row));
    }

    /// Adds the result of a lookup by `column`. Called before any change.
    pub(crate) fn load_found(&mut self, column: &'static str, value: Value, rows: impl IntoIterator<Item = R>) {
        let mut keys = Vec::new();
        for row in rows {
            keys.push(row.key());
            self.load(row.key(), Some(row));
        }
        keys.sort_unstable();
        self.found.insert((column, value), keys);
        if !self.indexed.contains(&column) {
            self.indexed.push(column);
        }
    }

    /// The row with this key, for changes. Each member that changes it adds one to its version.
    pub(crate) fn edit(&mut self, key: &R::Key) -> Result<Option<&mut R>, ()> {
        let slot = self.slots.get_mut(key).ok_or(())?;
        let Some(row) = &slot.row else { return Ok(None) };
        assert!(R::TABLE.versioned, "rows of {} have no version and never change", R::TABLE.name);
        let is_first_change = slot.member != self.member;
        let version = row.version();
        if is_first_change {
            self.undo.push((key.clone(), Some(slot.clone())));
            if !slot.changed {
                self.changed.push(key.clone());
            }
            slot.changed = true;
            slot.member = self.member;
        }
        let mut row = slot.row.as_mut();
        if is_first_change && let Some(row) = &mut row {
            row.set_version(version + 1);
        }
        Ok(row)
    }

    /// Replaces the row with the key of `row`; its version counts on as in [`RowSet::edit`]. `Ok(false)` when no row has
    /// this key, `Err` when it was not loaded.
    pub(crate) fn update(&mut self, mut row: R) -> Result<bool, ()> {
        let Some(current) = self.edit(&row.key())? else { return Ok(false) };
        row.set_version(current.version());
        *current = row;
        Ok(true)
    }

    /// Adds a new row with version 1. Returns `false` when a row with its key exists.
    pub(crate) fn insert(&mut self, mut row: R) -> bool {
        let key = row.key();
        let before = self.slots.get(&key);
        if before.is_some_and(|slot| slot.row.is_some()) {
            return false;
        }
        let before = before.cloned();
        let stored = before.as_ref().and_then(|slot| slot.stored);
        if before.as_ref().is_none_or(|slot| !slot.changed) {
            self.changed.push(key.clone());
        }
        self.undo.push((key.clone(), before));
        row.set_version(1);
        let slot = Slot { stored, row: Some(row), changed: true, member: self.member, replaced: stored.is_some() };
        self.slots.insert(key, slot);
        true
    }

    /// Removes the row and returns it; `Ok(None)` when it does not exist, `Err` when it was not loaded.
    pub(crate) fn delete(&mut self, key: &R::Key) -> Result<Option<R>, ()> {
        let slot = self.slots.get_mut(key).ok_or(())?;
        if slot.row.is_none() {
            return Ok(None);
        }
        self.undo.push((key.clone(), Some(slot.clone())));
        if !slot.changed {
            self.changed.push(key.clone());
        }
        slot.changed = true;
        slot.member = self.member;
        Ok(slot.row.take())
    }

    fn change(slot: &Slot<R>, key: &R::Key, into: &mut Vec<Change>) {
        let table = R::TABLE;
        match (slot.stored, &slot.row) {
            (Some(loaded), Some(row)) if !slot.replaced => {
                into.push(Change::Update { table, values: row.values(), loaded });
            }
            (stored, row) => {
                if let Some(loaded) = stored {
                    let loaded = table.versioned.then_some(loaded);
                    into.push(Change::Delete { table, key: R::key_values(key), loaded });
                }
                if let Some(row) = row {
                    into.push(Change::Insert { table, values: row.values() });
                }
            }
        }
    }
}

/// A [`RowSet`] of any row type.
pub(crate) trait AnyRowSet: Send {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    /// Undoes the changes of the present member.
    fn undo(&mut self);
    /// Accepts the changes of the present member and begins the next one.
    fn accept_member(&mut self);
    /// Whether the present member has changed a row.
    fn has_member_changes(&self) -> bool;
    /// Whether any member of the batch has changed a row.
    fn is_changed(&self) -> bool;
    /// Appends the changes of the batch.
    fn changes(&self, into: &mut Vec<Change>);
}

impl<R: Row> AnyRowSet for RowSet<R> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn undo(&mut self) {
        for (key, before) in self.undo.drain(..).rev() {
            match before {
                Some(slot) => self.slots.insert(key, slot),
                None => self.slots.remove(&key),
            };
        }
        self.changed.truncate(self.changed_before);
        self.member += 1;
    }

    fn accept_member(&mut self) {
        self.changed_before = self.changed.len();
        self.member += 1;
        if self.indexed.is_empty() {
            self.undo.clear();
        }
        for (key, _) in self.undo.drain(..) {
            let Some(row) = self.slots.get(&key).and_then(|slot| slot.row.as_ref()) else { continue };
            for column in &self.indexed {
                if let Some(keys) = self.found.get_mut(&(*column, row.column(column)))
                    && !keys.contains(&key)
                {
                    keys.push(key.clone());
                }
            }
        }
    }

    fn has_member_changes(&self) -> bool {
        !self.undo.is_empty()
    }

    fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    fn changes(&self, into: &mut Vec<Change>) {
        for key in &self.changed {
            Self::change(&self.slots[key], key, into);
        }
    }
}

/// The lookup of a row by its primary key.
pub(crate) fn by_key<R: Row>(key: &R::Key) -> Lookup {
    Lookup { table: R::TABLE, columns: &R::TABLE.columns[..R::TABLE.key_columns], values: R::key_values(key) }
}

/// The lookup of rows by one column.
pub(crate) fn by_column<R: Row>(column: &'static [&'static str; 1], value: &impl serde::Serialize) -> Lookup {
    Lookup { table: R::TABLE, columns: column, values: vec![to_value(value)] }
}
