//! What no single crate can test alone.

mod errors;
mod faults;
mod journeys;
mod saga;
mod town;
mod walls;
