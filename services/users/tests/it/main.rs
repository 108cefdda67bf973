//! Users against a real SQLite file: commands, races, and the HTTP API.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod bookings;
mod harness;

mod api;
mod changing;
mod commands;
mod internal;
mod leaving;
