//! The runtime around a small service.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod observing;
