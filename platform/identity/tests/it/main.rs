//! Tokens good and bad, the issuer across restarts, and its endpoints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod endpoints;
mod house;
mod issuer;
mod rotation;
mod tokens;
