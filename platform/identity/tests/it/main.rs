//! Tests of token verification, the issuer across restarts, key rotation, and the endpoints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod endpoints;
mod harness;
mod issuer;
mod rotation;
mod tokens;
