//! Notifications against a real SQLite file: repeated and reordered messages, mail that does not go out, crashes, and
//! the HTTP door. The service that knows people is played by a router.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod setting;

mod api;
mod crashes;
mod reactions;
mod retention;
mod sending;
