//! Valid and invalid tokens, the issuer across restarts, and its endpoints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod endpoints;
mod harness;
mod issuer;
mod rotation;
mod tokens;
