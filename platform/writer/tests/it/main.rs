//! The guarantees of the writer on a real database file, under refusals, faults, crashes and repetition.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod harness;

mod batches;
mod conditional;
mod constraints;
mod crashes;
mod dead_letters;
mod faults;
mod idempotent;
mod lifecycle;
mod messages;
mod own_dead_letters;
mod redelivery;
mod refusals;
mod retention;
mod retries;
mod services;
mod undo;
