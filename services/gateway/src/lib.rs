//! Gateway: the one public door.
//!
//! - owns: nothing; it has no data
//! - serves: whatever an [`Upstream`] documents under `/api/v1`, and nothing that it does not; the same under the paths
//!   of other APIs, by [`rules`]; one document of all services at `/api/v1/openapi.json` and a page to read it at
//!   `/docs`; health, metrics, the issuer's endpoints
//!
//! Whoever has no good token gets past documentation, health, metrics and the issuer no further than 401, whether there
//! is something under the path or not. A service is added by handing over its [`Upstream`]; there is no list of routes
//! beside its document.

mod config;
mod error;
mod routes;
pub mod rules;
mod upstreams;

use axum::Router;
use boxoffice_chassis::{Code, Settings, health::Health, telemetry::Metrics};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_identity::Issuer;

pub use config::GatewaySettings;
pub use error::{CODES, GatewayError};
pub use routes::own::Page;
pub use upstreams::Upstream;

use crate::{
    routes::{Door, own},
    rules::Rules,
    upstreams::{Documents, Table},
};

/// What the door is made of.
pub struct Gateway<'a> {
    /// The services behind it.
    pub upstreams: Vec<Upstream>,
    /// Whose tokens are good, and whose endpoints are served.
    pub issuer: &'a Issuer,
    /// Its section is `gateway`.
    pub settings: &'a Settings,
    /// The time.
    pub clock: Clock,
    /// Ids and randomness.
    pub entropy: Entropy,
    /// What is answered under `/health`.
    pub health: Health,
    /// What is answered under `/actuator/prometheus`.
    pub metrics: Metrics,
    /// The codes of each service, for `/docs/errors`; those of every service are added to them.
    pub codes: &'a [(&'static str, &'static [&'static Code])],
    /// The rule files that are part of the program, such as [`rules::BUILT_IN`].
    pub rules: &'a [(&'a str, &'a str)],
    /// Further open pages, by their paths.
    pub pages: Vec<(&'static str, Page)>,
}

impl Gateway<'_> {
    /// The whole door as one router.
    ///
    /// # Errors
    /// A setting that does not fit, or documents that contradict each other.
    pub fn router(self) -> Result<Router, GatewayError> {
        let settings: GatewaySettings = self.settings.section()?;
        let table = Table::of(&self.upstreams)?;
        let rules = Rules::read(self.rules, settings.rules.as_deref())?;
        rules.check(&self.upstreams)?;
        let own = own::router(Documents::of(&self.upstreams), &self);
        let anonymous = settings.open_catalogue.then(|| self.issuer.anonymous());
        let door = Door::new(self.upstreams, table, rules, self.issuer.verifier(), anonymous, own);
        Ok(Router::new().fallback_service(door))
    }

    fn errors_page(&self) -> String {
        let everyones = [("every service", boxoffice_chassis::codes::ALL)];
        let owners: Vec<_> = everyones.iter().chain(self.codes).copied().collect();
        boxoffice_chassis::problem::errors_markdown(&owners)
    }
}
