//! What every engine has to do, tried on SQLite files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod columns;
mod lists;
mod migrations;
mod reads;
mod sessions;
mod setting;
mod snapshots;
