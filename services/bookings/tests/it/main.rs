//! Bookings through its doors, on a real database, with neighbors that do as they are told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod any_order;
mod cancel;
mod deadlines;
mod documents;
mod events;
mod house;
mod leaving;
mod lists;
mod neighbors;
mod place;
mod reactions;
mod repeat;
mod trouble;
