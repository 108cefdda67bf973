use std::path::PathBuf;

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
    /// A file of rules, or a folder whose files `*.toml` are read in the order of their names: further paths, and others in
    /// place of those built in. See docs/compatible-paths.md; `boxoffice rules check` tries them.
    #[schema(value_type = Option<String>, example = "rules.toml")]
    pub rules: Option<PathBuf>,
}

impl Section for GatewaySettings {
    const NAME: &'static str = "gateway";
}
