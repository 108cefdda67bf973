//! Bookings through its doors, on a real database, with fakes that do as they are told.
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
mod idempotency;
mod lists;
mod reactions;
mod service;
