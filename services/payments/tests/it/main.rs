//! Payments through its API and its messages, on real databases with a manual clock. Tests end with a check of the books.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod harness;

mod api;
mod crashes;
mod messages;
mod providers;
mod refunds;
mod tokens;
