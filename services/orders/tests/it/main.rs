//! Orders through its doors, on a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod door;
mod neighbors;
mod setting;

mod documents;
mod history;
mod idempotency;
mod placing;
mod reading;
mod sagas;
mod status;
mod tombstones;
mod waiting;
