use boxoffice_chassis::settings::Section;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The section `gateway` of the settings. The limits of a request and the time it may take are those of the chassis.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GatewaySettings {
    /// Whether the catalogue (organizers, venues, events and ticket types) may be read without a token.
    pub open_catalogue: bool,
}

impl Section for GatewaySettings {
    const NAME: &'static str = "gateway";
}
