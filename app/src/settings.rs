//! The sections of the settings.

use boxoffice_gateway::GatewaySettings;
use boxoffice_identity::Issuer;
use boxoffice_runtime::OutboxSettings;
use boxoffice_settings::{Section, SectionSpec};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::services::SERVICES;

/// Name of the settings section of the issuer, and of the folder with its keys inside the data folder.
pub const IDENTITY: &str = IdentitySettings::NAME;

/// All sections that the program reads, in the order in which they are printed.
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
    /// URL of the built-in issuer, which tokens contain as `iss`. Stored in the data folder at the first start, after
    /// which the setting has no effect. Independent of `--listen`.
    #[garde(custom(check_issuer_url))]
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde passes the context by reference")]
fn check_issuer_url(url: &str, _: &()) -> garde::Result {
    Issuer::check_url(url).map_err(garde::Error::new)
}
