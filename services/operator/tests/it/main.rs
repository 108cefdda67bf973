//! Tests of the operator service alone: its console pages and its authorization. What it does to the data of the other
//! services is tested with the whole program.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod authorization;
mod pages;
