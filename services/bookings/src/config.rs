use std::time::Duration;

use serde::Deserialize;

/// Settings of the section `bookings`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BookingsSettings {
    /// How long a booking may be PENDING while nothing is heard of its payment.
    #[serde(with = "humantime_serde")]
    pub deadline: Duration,
    /// How many bookings may be PENDING at once; one more is refused before any work is done.
    pub max_open: u32,
}

impl Default for BookingsSettings {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(20 * 60), max_open: 20_000 }
    }
}
