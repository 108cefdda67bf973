//! Inventory through its commands, its handlers and its HTTP API, on a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod catalogue;
mod harness;
mod holds;
mod orders;
mod resources;
mod returned_seats;
mod stored_rows;
