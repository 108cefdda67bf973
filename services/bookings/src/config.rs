use std::time::Duration;

use boxoffice_settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Settings of the section `bookings`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BookingsSettings {
    /// Time after which a PENDING booking expires if the payments service publishes nothing about it.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub deadline: Duration,
    /// Maximum number of PENDING bookings. Further bookings are refused with 503 `busy` before any work is done.
    pub max_open: u32,
}

impl Section for BookingsSettings {
    const NAME: &'static str = "bookings";
}

impl Default for BookingsSettings {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(20 * 60), max_open: 20_000 }
    }
}
