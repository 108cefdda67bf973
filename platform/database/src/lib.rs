//! Access to a relational database that a URL selects: migrations, reads, and the sessions of writers.
//!
//! Owns SQL dialects, drivers and database files; no other crate of the workspace names one. A service declares its tables
//! with [`table!`] and writes reads as plain SQL with `?` for arguments; both are the same for every engine.
//!
//! Guarantees:
//!
//! - [`Session::commit`] is durable when it returns: it survives a crash and a power failure.
//! - A read sees one snapshot of committed data, and neither blocks a writer nor waits for one.
//! - Migrations run once, in order, under a lock; a changed or unknown migration is an error.
//!
//! To add an engine, implement a [`Session`] for the writer and readers behind [`Database::fetch`] in a module of its own,
//! and give it a scheme in [`Database::open`].

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
