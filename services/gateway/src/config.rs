use serde::Deserialize;

/// The section `gateway` of the settings. The limits of a request and the time it may take are those of the chassis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySettings {
    /// Whether the catalogue (organizers, venues, events and ticket types) may be read without a token.
    pub open_catalogue: bool,
}
