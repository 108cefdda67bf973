//! Orders through its doors, on a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod setting;

mod history;
mod sagas;
mod tombstones;
