//! The door before two small services: who gets in, where a request goes, and what is documented.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod access;
mod documentation;
mod house;
mod limits;
mod passing;
mod routing;
mod rules;
