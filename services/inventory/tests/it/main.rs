//! Inventory through its doors, on a real database.

mod api;
mod holds;
mod house;
mod orders;
