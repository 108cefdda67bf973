//! URL -> engine. The few set operations that the writer needs, reads, and migrations.
//!
//! Owns: SQL dialects and drivers; nothing else in the workspace names one. A service declares its tables once with
//! [`table!`] and writes its reads as plain SQL with `?` for arguments; both are the same for every engine.
//!
//! An engine is two things: a [`Session`], the one connection through which a writer loads and commits batches, and
//! any number of readers behind [`Database::fetch`]. To add an engine, write both in a module of its own and give it
//! a scheme in [`Database::open`].

mod codec;
mod database;
mod error;
mod files;
mod listing;
mod migrate;
mod session;
mod snapshot;
mod sqlite;
mod table;

pub use codec::{Json, Value, from_value, to_value};
pub use database::{Database, Query, Records};
pub use error::Error;
pub use listing::{Listing, Order, Sortable};
pub use migrate::Migration;
pub use session::{Change, Lookup, Session};
pub use snapshot::{Snapshot, TableSize};
pub use table::{Key, Row, Table, next_column};
