//! Messages stored with the data: said in the transaction that made them true, read in order, heard exactly once.
//!
//! Owns: the tables that every service keeps beside its own ([`MIGRATIONS`]), the order of messages ([`LogEntry`]),
//! reading them ([`Log`]), and the life of a message that could not be handled ([`DeferredMessage`], [`Backoff`], [`DiscardedMessage`]). It writes
//! nothing itself: rows of these tables are changed by `boxoffice-writer`, in the transaction of the effects.

mod backoff;
mod discarded;
mod log;
mod tables;

pub use backoff::Backoff;
pub use discarded::DiscardedMessage;
pub use log::{Log, LogEntry};
pub use tables::{Counter, Cursor, DeferredMessage, DeferredState, IdempotencyRecord, LOG, LogHead, OutboxMessage};

use boxoffice_database::Migration;

/// The owner's name and the migrations of the tables that this crate declares.
pub const MIGRATIONS: (&str, &[Migration]) = (
    "outbox",
    &[
        Migration { number: 1, name: "messages", sql: include_str!("../migrations/0001_messages.sql") },
        Migration { number: 2, name: "messages_by_key", sql: include_str!("../migrations/0002_messages_by_key.sql") },
        Migration { number: 3, name: "discarded_messages", sql: include_str!("../migrations/0003_dropped.sql") },
    ],
);
