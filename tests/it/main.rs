//! What no single crate can test alone.

mod saga;
mod walls;
