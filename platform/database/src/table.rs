use std::{
    fmt::Debug,
    hash::{Hash, Hasher},
};

use serde::de::DeserializeOwned;

use crate::{Error, Value};

/// The shape of a table: its name, its columns, and whether its rows have versions. Tables with equal names are equal.
#[derive(Debug)]
pub struct Table {
    /// The name of the table in SQL.
    pub name: &'static str,
    /// All columns in the order of [`Row::values`]: the key first, `version` last.
    pub columns: &'static [&'static str],
    /// The number of columns of the primary key.
    pub key_columns: usize,
    /// Whether rows have a version, 1 when inserted and one more with every change. Rows without a version are inserted and
    /// deleted, never changed.
    pub versioned: bool,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Table {}

impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// A row of a table, as [`table!`](crate::table) declares it.
pub trait Row: Clone + Debug + Send + Sync + 'static {
    /// Type of the primary key; a tuple for several columns.
    type Key: Key;
    /// The table of the row.
    const TABLE: &'static Table;
    /// The primary key of this row.
    fn key(&self) -> Self::Key;
    /// The values of a key, in the order of [`Table::columns`].
    fn key_values(key: &Self::Key) -> Vec<Value>;
    /// The values of all columns, in the order of [`Table::columns`].
    fn values(&self) -> Vec<Value>;
    /// The value of the column `name`.
    ///
    /// # Panics
    /// When the table has no such column.
    fn column(&self, name: &str) -> Value;
    /// Parses a row from the values of its columns.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when a value does not fit the type of its column.
    fn from_values(values: Vec<Value>) -> Result<Self, Error>;
    /// The version of this row; 0 in a table without versions.
    fn version(&self) -> i64;
    /// Sets the version. Does nothing in a table without versions.
    fn set_version(&mut self, version: i64);
}

/// A primary key: one column, or a tuple of several.
pub trait Key: Clone + Debug + Eq + Ord + Hash + Send + Sync + 'static {}

impl<K: Clone + Debug + Eq + Ord + Hash + Send + Sync + 'static> Key for K {}

/// Declares a row and its table:
///
/// ```
/// boxoffice_database::table! {
///     /// A place where events happen.
///     pub struct Venue in "venues" versioned {
///         key { id: i64 }
///         /// Name of the venue for visitors.
///         name: String,
///     }
/// }
/// ```
///
/// Rows of a `versioned` table get a field `version`. Rows of an `appended` table have none and never change. A key of several
/// columns is a tuple. The type of a column is an integer, text, id or time, an option of these, an enum of unit variants, or
/// `Json<T>`.
#[macro_export]
macro_rules! table {
    ($(#[$meta:meta])* pub struct $Row:ident in $name:literal versioned {
        key { $($(#[$key_meta:meta])* $key:ident : $Key:ty),+ $(,)? }
        $($(#[$field_meta:meta])* $field:ident : $Field:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Row {
            $($(#[$key_meta])* #[allow(missing_docs, reason = "the name of a key describes it")] pub $key: $Key,)+
            $($(#[$field_meta])* pub $field: $Field,)*
            /// 1 when inserted, one more with every change. The writer sets it.
            pub version: i64,
        }
        $crate::table!(@row $Row $name true [$($key : $Key),+] [$($field)*] [version]);
    };
    ($(#[$meta:meta])* pub struct $Row:ident in $name:literal appended {
        key { $($(#[$key_meta:meta])* $key:ident : $Key:ty),+ $(,)? }
        $($(#[$field_meta:meta])* $field:ident : $Field:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Row {
            $($(#[$key_meta])* #[allow(missing_docs, reason = "the name of a key describes it")] pub $key: $Key,)+
            $($(#[$field_meta])* pub $field: $Field,)*
        }
        $crate::table!(@row $Row $name false [$($key : $Key),+] [$($field)*] []);
    };
    (@key_type $Key:ty) => { $Key };
    (@key_type $($Key:ty),+) => { ($($Key),+) };
    (@row $Row:ident $name:literal $versioned:literal [$($key:ident : $Key:ty),+] [$($field:ident)*] [$($version:ident)?]) => {
        impl $crate::Row for $Row {
            type Key = $crate::table!(@key_type $($Key),+);
            const TABLE: &'static $crate::Table = &$crate::Table {
                name: $name,
                columns: &[$(stringify!($key),)+ $(stringify!($field),)* $(stringify!($version))?],
                key_columns: [$(stringify!($key)),+].len(),
                versioned: $versioned,
            };
            fn key(&self) -> Self::Key {
                ($(self.$key.clone()),+)
            }
            fn key_values(key: &Self::Key) -> Vec<$crate::Value> {
                let ($($key),+) = key;
                vec![$($crate::to_value($key)),+]
            }
            fn values(&self) -> Vec<$crate::Value> {
                vec![$($crate::to_value(&self.$key),)+ $($crate::to_value(&self.$field),)* $($crate::to_value(&self.$version))?]
            }
            fn column(&self, name: &str) -> $crate::Value {
                match name {
                    $(stringify!($key) => $crate::to_value(&self.$key),)+
                    $(stringify!($field) => $crate::to_value(&self.$field),)*
                    _ => panic!("{} has no column {name}", $name),
                }
            }
            fn from_values(values: Vec<$crate::Value>) -> Result<Self, $crate::Error> {
                let mut values = values.into_iter();
                $(let $key = $crate::next_column(&mut values, $name, stringify!($key))?;)+
                $(let $field = $crate::next_column(&mut values, $name, stringify!($field))?;)*
                $(let $version = $crate::next_column(&mut values, $name, stringify!($version))?;)?
                Ok(Self { $($key,)+ $($field,)* $($version)? })
            }
            fn version(&self) -> i64 {
                $(return self.$version;)?
                #[allow(unreachable_code, reason = "reached where there is no version")]
                0
            }
            fn set_version(&mut self, version: i64) {
                $(self.$version = version;)?
                let _ = version;
            }
        }
    };
}

/// Parses the next column of a row; used by [`table!`](crate::table).
#[doc(hidden)]
pub fn next_column<T: DeserializeOwned>(
    values: &mut impl Iterator<Item = Value>,
    table: &'static str,
    column: &str,
) -> Result<T, Error> {
    let value = values.next().ok_or(Error::Corrupt { table, detail: format!("{column} is missing") })?;
    crate::from_value(value).map_err(|e| Error::Corrupt { table, detail: format!("{column}: {e}") })
}
