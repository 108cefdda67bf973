//! Gateway: the public entry point of the HTTP API.
//!
//! - Owns: nothing; it has no data
//! - Serves: whatever an [`Upstream`] documents under `/api/v1`, and nothing that it does not; the same under the paths
//!   of other APIs, by [`rules`]; one document of all services at `/api/v1/openapi.json` and a page to read it at
//!   `/docs`; health, metrics, the issuer's endpoints
//!
//! Without a valid token every path but documentation, health, metrics and the issuer's responds 401, whether it exists
//! or not. To add a service, pass its [`Upstream`]; its OpenAPI document is the list of its routes.

mod config;
mod error;
mod metrics;
mod middleware;
mod routes;
pub mod rules;
mod upstreams;

use std::sync::Arc;

use axum::{Router, extract::Request};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_http::{Code, metrics::register_refusals};
use boxoffice_identity::Issuer;
use boxoffice_runtime::{health::Health, telemetry::Metrics};
use boxoffice_settings::Settings;
use tower::{ServiceBuilder, service_fn};

pub use crate::metrics::METRICS;
pub use config::GatewaySettings;
pub use error::{CODES, GatewayError};
pub use routes::own::Page;
pub use upstreams::Upstream;

use crate::{
    middleware::{Limits, compressed, cross_origin},
    routes::{Dispatcher, own::Own},
    rules::Rules,
    upstreams::{Documents, Guard, Table},
};

/// Everything that the gateway is built from.
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
    /// Builds the gateway as one router.
    ///
    /// # Errors
    /// A setting that does not fit, or documents that contradict each other.
    pub fn router(self) -> Result<Router, GatewayError> {
        boxoffice_metrics::register(METRICS);
        register_refusals("gateway", CODES);
        let settings: GatewaySettings = self.settings.section()?;
        self.check_faults(&settings)?;
        let table = Table::of(&self.upstreams, &settings)?;
        let rules = Rules::read(self.rules, settings.rules.as_deref())?;
        rules.check(&self.upstreams)?;
        let guard =
            |upstream: &Upstream| Guard::new(upstream.clone(), &settings, self.clock.clone(), self.entropy.clone());
        let guards: Arc<[Guard]> = self.upstreams.iter().map(guard).collect();
        let verifier = self.issuer.verifier();
        let dispatcher = Arc::new(Dispatcher {
            own: Own::new(self.documents(), &guards, &self),
            guards,
            table,
            rules,
            limits: Limits::new(&settings, verifier.clone(), self.clock.clone())?,
            verifier,
            anonymous: settings.open_catalogue.then(|| self.issuer.anonymous()),
            body_time: settings.body_time,
            clock: self.clock,
            entropy: self.entropy,
        });
        let answer = service_fn(move |request: Request| {
            let dispatcher = dispatcher.clone();
            async move { Ok(dispatcher.answer(request).await) }
        });
        let cross_origin = cross_origin(&settings.cors_origins);
        let way = ServiceBuilder::new().option_layer(cross_origin).layer(compressed()).service(answer);
        Ok(Router::new().fallback_service(way))
    }

    fn check_faults(&self, settings: &GatewaySettings) -> Result<(), GatewayError> {
        let known: Vec<_> = self.upstreams.iter().map(|upstream| upstream.name).collect();
        match settings.fault.iter().find(|fault| !known.contains(&fault.service.as_str())) {
            None => Ok(()),
            Some(fault) => Err(GatewayError::Fault { service: fault.service.clone(), known }),
        }
    }

    fn documents(&self) -> Documents {
        let codes: Vec<_> = self.all_codes().iter().flat_map(|(_, codes)| *codes).copied().collect();
        Documents::of(&self.upstreams, &codes)
    }

    fn errors_page(&self) -> String {
        boxoffice_http::problem::errors_markdown(&self.all_codes())
    }

    /// Codes shared by all services first, then the codes of each service.
    fn all_codes(&self) -> Vec<(&'static str, &'static [&'static Code])> {
        let ours = [("every service", boxoffice_http::codes::ALL), ("gateway", CODES)];
        ours.iter().chain(self.codes).copied().collect()
    }
}
