//! Inventory through its doors, on a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod holds;
mod house;
mod orders;
