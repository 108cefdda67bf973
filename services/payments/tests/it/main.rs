//! Payments through its doors, on real databases, with a clock moved by hand. Every test ends with books that agree.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod setting;

mod api;
mod crashes;
mod messages;
mod providers;
mod refunds;
mod tokens;
