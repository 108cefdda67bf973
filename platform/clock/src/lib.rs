//! Time, ids and randomness, handed in as arguments so that a test can move, fix and repeat them.
//!
//! Owns: [`Timestamp`], the [`Clock`] (the machine's, or one that a test moves by hand), [`Entropy`] (ids and
//! randomness, from the machine or from a seed) and [`Stopwatch`] for durations that are only measured.
//! Everything else in the workspace is kept by `clippy.toml` from asking the machine directly.

mod clock;
mod entropy;
mod timestamp;

pub use clock::{Clock, ManualClock, Stopwatch};
pub use entropy::Entropy;
pub use timestamp::Timestamp;
