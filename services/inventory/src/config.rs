use std::time::Duration;

use boxoffice_contracts::Currency;
use boxoffice_settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain;

/// Settings of the section `inventory`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct InventorySettings {
    /// Lifetime of a hold that a client creates.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub hold_life: Duration,
    /// Lifetime of the hold of a booking that no order has claimed.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    pub unclaimed_hold_life: Duration,
    /// Default currency (ISO 4217) of an event.
    pub currency: Currency,
    /// Default IANA time zone of an event, such as `Europe/Berlin`.
    #[garde(length(min = 1, max = 64), custom(domain::is_time_zone))]
    pub time_zone: String,
}

impl Section for InventorySettings {
    const NAME: &'static str = "inventory";
}

impl Default for InventorySettings {
    fn default() -> Self {
        Self {
            hold_life: Duration::from_secs(600),
            unclaimed_hold_life: Duration::from_secs(120),
            currency: Currency::EUR,
            time_zone: "UTC".into(),
        }
    }
}
