//! The door before small services: who gets in and how often, where a request goes, what happens when a service fails, and
//! what is documented.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod access;
mod breaker;
mod browsers;
mod content;
mod documentation;
mod guard;
mod health;
mod house;
mod limits;
mod moody;
mod passing;
mod rates;
mod routing;
mod rules;
