//! The gateway in front of small services: access, rate limits, routing, service failures and documentation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod access;
mod breaker;
mod content;
mod cors;
mod documentation;
mod faulty_service;
mod forwarding;
mod guard;
mod harness;
mod health;
mod rate_limits;
mod routing;
mod rules;
mod size_limits;
