//! The transactional outbox: a service's messages, stored in its own database, in the transaction that caused them.
//!
//! Owns:
//!
//! - the tables that every service keeps beside its own ([`MIGRATIONS`]);
//! - the outbox as a log: messages in order of position ([`LogEntry`]), read through [`Log`];
//! - the state of consumed messages: [`Cursor`], [`DeferredMessage`], [`DiscardedMessage`], and the retry delays
//!   ([`Backoff`]);
//! - the records of idempotent requests ([`IdempotencyRecord`]) and of counters ([`Counter`]).
//!
//! This crate reads these tables and writes none of them: `boxoffice-writer` changes their rows, in the transaction of
//! the effects. Positions of one log count from 1 without gaps.
//!
//! To add a table, declare its row in `tables.rs` (or in `messages.rs` when a row holds a message) and create the table
//! in a new migration.

mod backoff;
mod log;
mod messages;
mod tables;

pub use backoff::Backoff;
pub use log::{Log, LogEntry};
pub use messages::{DeferredMessage, DeferredState, DiscardedMessage, OutboxMessage};
pub use tables::{Counter, Cursor, IdempotencyRecord, LOG, LogHead};

use boxoffice_database::Migration;

/// The migrations of the tables of this crate, under their owner's name `outbox`.
pub const MIGRATIONS: (&str, &[Migration]) =
    ("outbox", &[Migration { number: 1, name: "outbox", sql: include_str!("../migrations/0001_outbox.sql") }]);
