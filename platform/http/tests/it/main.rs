//! The HTTP layer with a small service.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod app;
mod clients;
mod input;
mod middleware;
mod serving;
