//! Inventory through its doors, on a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod changes;
mod doors;
mod giving_back;
mod holds;
mod house;
mod orders;
mod upgrade;
