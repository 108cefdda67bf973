//! Notifications on a real database: repeated and reordered messages, e-mails that cannot be sent, crashes, and the HTTP
//! API. Users and bookings are fake services.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod crashes;
mod harness;
mod reactions;
mod retention;
mod sending;
