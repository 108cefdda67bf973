use std::time::Duration;

use serde::Deserialize;

/// Settings of the section `inventory`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InventorySettings {
    /// How long a hold lives that a client took.
    #[serde(with = "humantime_serde")]
    pub hold_life: Duration,
    /// How long a booking's own hold lives before its order claims it.
    #[serde(with = "humantime_serde")]
    pub unclaimed_hold_life: Duration,
}

impl Default for InventorySettings {
    fn default() -> Self {
        Self { hold_life: Duration::from_secs(600), unclaimed_hold_life: Duration::from_secs(120) }
    }
}
