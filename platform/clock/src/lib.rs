//! Time, ids and randomness as arguments, so that a test can control and repeat them.
//!
//! Owns:
//!
//! - [`Timestamp`], a point in time;
//! - [`Clock`], the system's clock or, in tests, one that a [`ManualClock`] advances;
//! - [`Entropy`], the source of ids and randomness: the system or, in tests, a seed;
//! - [`Stopwatch`], for durations in metrics and logs.
//!
//! `clippy.toml` forbids all other code of the workspace to call the system for time, ids or randomness.

mod clock;
mod entropy;
mod timestamp;

pub use clock::{Clock, ManualClock, Stopwatch};
pub use entropy::Entropy;
pub use timestamp::Timestamp;
