//! The behavior that every engine must have, tested on SQLite files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod columns;
mod harness;
mod lists;
mod migrations;
mod reads;
mod sessions;
mod snapshots;
