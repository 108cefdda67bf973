//! The chassis with a small service bolted to it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod app;
mod framing;
mod input;
mod peers;
mod serving;
mod settings;
