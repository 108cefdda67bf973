//! The writer against a real SQLite file: what it promises, under refusals, faults, crashes and repetition.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod setting;

mod batches;
mod constraints;
mod crashes;
mod faults;
mod life;
mod messages;
mod once;
mod parking;
mod redelivery;
mod refusals;
mod retention;
mod retries;
mod unchanged;
mod undo;
