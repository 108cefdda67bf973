use std::{
    fmt::Debug,
    hash::{Hash, Hasher},
};

use serde::de::DeserializeOwned;

use crate::{Error, Value};

/// The shape of a table: its name, its columns with the key's columns first, and whether the last one is `version`.
/// Two of one name are the same.
#[derive(Debug)]
pub struct Table {
    /// The name in SQL.
    pub name: &'static str,
    /// All columns in the order of a row's values.
    pub columns: &'static [&'static str],
    /// How many of the first columns are the primary key.
    pub key_columns: usize,
    /// Rows that change carry a version, 1 when inserted and one more with every change; rows without are only added
    /// and deleted.
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
    /// The primary key.
    type Key: Key;
    /// The table it belongs to.
    const TABLE: &'static Table;
    /// Its primary key.
    fn key(&self) -> Self::Key;
    /// The columns of a key, in the table's order.
    fn key_values(key: &Self::Key) -> Vec<Value>;
    /// All its columns, in the table's order.
    fn values(&self) -> Vec<Value>;
    /// One column by its name.
    fn column(&self, name: &str) -> Value;
    /// Reads a row back.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when a column cannot be what its type says.
    fn from_values(values: Vec<Value>) -> Result<Self, Error>;
    /// Its version; 0 in a table without versions.
    fn version(&self) -> i64;
    /// Sets the version; nothing in a table without versions.
    fn set_version(&mut self, version: i64);
}

/// A primary key: one column, or a tuple of several.
pub trait Key: Clone + Debug + Eq + Ord + Hash + Send + Sync + 'static {}

impl<K: Clone + Debug + Eq + Ord + Hash + Send + Sync + 'static> Key for K {}

/// Declares a row and its table:
///
/// ```
/// boxoffice_database::table! {
///     /// A door with its bell.
///     pub struct Door in "doors" versioned {
///         key { id: i64 }
///         /// Who lives behind it.
///         tenant: String,
///     }
/// }
/// ```
///
/// `versioned` rows get a field `version`; `appended` rows have none and are never changed. A key of several columns
/// is a tuple. Columns are integers, text, ids, times, options of these, enums of plain names, or `Json<T>`.
#[macro_export]
macro_rules! table {
    ($(#[$meta:meta])* pub struct $Row:ident in $name:literal versioned {
        key { $($(#[$key_meta:meta])* $key:ident : $Key:ty),+ $(,)? }
        $($(#[$field_meta:meta])* $field:ident : $Field:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Row {
            $($(#[$key_meta])* #[allow(missing_docs, reason = "a key says what it is")] pub $key: $Key,)+
            $($(#[$field_meta])* pub $field: $Field,)*
            /// 1 when inserted, one more with every change; kept by the writer.
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
            $($(#[$key_meta])* #[allow(missing_docs, reason = "a key says what it is")] pub $key: $Key,)+
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

/// One column out of a row's values; used by [`table!`](crate::table).
#[doc(hidden)]
pub fn next_column<T: DeserializeOwned>(
    values: &mut impl Iterator<Item = Value>,
    table: &'static str,
    column: &str,
) -> Result<T, Error> {
    let value = values.next().ok_or(Error::Corrupt { table, detail: format!("{column} is missing") })?;
    crate::from_value(value).map_err(|e| Error::Corrupt { table, detail: format!("{column}: {e}") })
}
