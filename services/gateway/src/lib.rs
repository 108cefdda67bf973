//! Gateway: the public entry point of the HTTP API.
//!
//! - Owns: nothing; it has no data
//! - Serves: the documented paths of each [`Upstream`] under `/api/v1`, and no others; compatible paths of other APIs, by
//!   [`rules`]; the OpenAPI document of all services at `/api/v1/openapi.json` and its page at `/docs`; health, metrics,
//!   and the endpoints of the issuer
//!
//! Documentation, health, metrics and the endpoints of the issuer are public. Without a valid token every other path
//! responds 401, whether it exists or not. To add a service, pass its [`Upstream`]; its OpenAPI document is the list of its routes.

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

/// The dependencies of the gateway.
pub struct Gateway<'a> {
    /// The services behind the gateway.
    pub upstreams: Vec<Upstream>,
    /// The issuer whose tokens are accepted and whose endpoints are served.
    pub issuer: &'a Issuer,
    /// Settings of all sections; the gateway reads the section `gateway`.
    pub settings: &'a Settings,
    /// The clock of timeouts, limits and the circuit breakers.
    pub clock: Clock,
    /// Source of ids and jitter.
    pub entropy: Entropy,
    /// The checks behind `/health`.
    pub health: Health,
    /// The metrics behind `/actuator/prometheus`.
    pub metrics: Metrics,
    /// The error codes of each service, for `/docs/errors`. The gateway adds the shared codes.
    pub codes: &'a [(&'static str, &'static [&'static Code])],
    /// The built-in rule files, such as [`rules::BUILT_IN`].
    pub rules: &'a [(&'a str, &'a str)],
    /// Additional public pages, by path.
    pub pages: Vec<(&'static str, Page)>,
}

impl Gateway<'_> {
    /// Builds the gateway as one router.
    ///
    /// # Errors
    /// When a setting is invalid, or the documents of two services conflict.
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
            body_timeout: settings.body_timeout,
            clock: self.clock,
            entropy: self.entropy,
        });
        let service = service_fn(move |request: Request| {
            let dispatcher = dispatcher.clone();
            async move { Ok(dispatcher.respond(request).await) }
        });
        let cross_origin = cross_origin(&settings.cors_origins);
        let stack = ServiceBuilder::new().option_layer(cross_origin).layer(compressed()).service(service);
        Ok(Router::new().fallback_service(stack))
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
        let own = [("every service", boxoffice_http::codes::ALL), ("gateway", CODES)];
        own.iter().chain(self.codes).copied().collect()
    }
}
