//! Tests of several crates together.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod audit;
mod browser;
mod errors;
mod faults;
mod features;
mod generated;
mod journeys;
mod language;
mod messages;
mod metrics;
mod replays;
mod saga;
mod seeds;
mod settings;
mod system;
mod walls;
