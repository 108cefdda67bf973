//! Orders through its HTTP API and its handlers, on a real database, with fakes of the other services.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod clients;
mod create;
mod documents;
mod harness;
mod history;
mod idempotency;
mod reading;
mod sagas;
mod status;
mod tombstones;
mod waiting;
