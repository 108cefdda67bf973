//! Bookings through its HTTP API and its handlers, on a real database, with fakes of the other services.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod any_order;
mod cancel;
mod clients;
mod create;
mod deadlines;
mod deletions;
mod documents;
mod events;
mod failures;
mod harness;
mod idempotency;
mod lists;
mod reactions;
