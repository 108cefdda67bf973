//! Every section of the settings.

use boxoffice_gateway::GatewaySettings;
use boxoffice_identity::Issuer;
use boxoffice_runtime::OutboxSettings;
use boxoffice_settings::{Section, SectionSpec};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::services::SERVICES;

/// The section of the tokens, and the folder of the keys within the data.
pub const IDENTITY: &str = IdentitySettings::NAME;

/// The sections that somebody reads, in the order in which they are printed.
pub fn sections() -> Vec<SectionSpec> {
    let own = [
        SectionSpec::of::<GatewaySettings>(),
        SectionSpec::of::<IdentitySettings>(),
        SectionSpec::of::<OutboxSettings>(),
    ];
    own.into_iter().chain(SERVICES.iter().filter_map(|service| service.settings)).collect()
}

/// Settings of the section `identity`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// Who the tokens of the built-in issuer say they are from. Fixed at the first start of a data folder; it does not
    /// follow `--listen`.
    #[garde(custom(a_url))]
    pub issuer: String,
}

impl Section for IdentitySettings {
    const NAME: &'static str = "identity";
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self { issuer: "http://localhost:8080".into() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the rule's caller has it")]
fn a_url(url: &str, _: &()) -> garde::Result {
    Issuer::check_url(url).map_err(garde::Error::new)
}
