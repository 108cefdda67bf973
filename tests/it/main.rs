//! What no single crate can test alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod audit;
mod browser;
mod doors;
mod errors;
mod faults;
mod features;
mod journeys;
mod messages;
mod metrics;
mod printed;
mod replays;
mod saga;
mod seeds;
mod settings;
mod town;
mod walls;
