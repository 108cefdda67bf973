//! Composition: what a system is started with, and the gateway in front of its services.

use std::{path::Path, sync::Arc};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_gateway::{Gateway, Page, Upstream, rules};
use boxoffice_http::{Middleware, middleware::TIME_LIMIT, openapi};
use boxoffice_identity::Issuer;
use boxoffice_operator::{Operator, PAGES};
use boxoffice_runtime::{Setup, System, health::Health, telemetry::Metrics};
use boxoffice_settings::Settings;
use boxoffice_writer::Writer;

use crate::{
    host::SystemHost,
    services::SERVICES,
    settings::{IDENTITY, IdentitySettings},
};

/// The setup of a system with its data in `folder`. Creates the signing keys at the first start.
///
/// # Errors
/// The section `identity` is not valid, or the keys cannot be read or created.
pub fn setup(settings: Settings, folder: &Path) -> anyhow::Result<Setup> {
    let identity: IdentitySettings = settings.section()?;
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let issuer = Issuer::open(&folder.join(IDENTITY), &identity.issuer, clock.clone(), entropy.clone())?;
    Ok(Setup { folder: folder.to_owned(), settings, clock, entropy, issuer, probe: None, delivery_faults: None })
}

/// The gateway in front of all services of `system` and of the operator service.
///
/// # Errors
/// A setting of the gateway is not valid, or the OpenAPI documents of two services conflict.
pub fn gateway_router(system: &System, setup: &Setup, metrics: Metrics) -> anyhow::Result<axum::Router> {
    let health = Health::default();
    for writer in system.writers() {
        let writer = writer.clone();
        health.check(writer.service(), move || if writer.is_closed() { Err("stopped".into()) } else { Ok(()) });
    }
    let writers: Arc<[Writer]> = system.writers().cloned().collect();
    let host = Arc::new(SystemHost::new(system, writers.clone()));
    let operator = Operator { writers, issuer: setup.issuer.clone(), host };
    let (operator, mut api) = operator.router().split_for_parts();
    openapi::complete_document(&mut api);
    let middleware = Middleware {
        service: boxoffice_operator::NAME,
        clock: setup.clock.clone(),
        entropy: setup.entropy.clone(),
        verifier: setup.issuer.verifier(),
        time_limit: TIME_LIMIT,
    };
    let services = system.services.iter().map(|service| Upstream {
        name: service.name,
        about: service.about,
        router: service.router.clone(),
        api: service.api.clone(),
        time_limit: None,
    });
    let operator = Upstream {
        name: boxoffice_operator::NAME,
        about: boxoffice_operator::ABOUT,
        router: middleware.wrap(operator),
        api,
        // An audit reads all data and may take long.
        time_limit: Some(TIME_LIMIT),
    };
    let codes: Vec<_> = SERVICES.iter().map(|service| (service.name, service.codes)).collect();
    let gateway = Gateway {
        upstreams: services.chain([operator]).collect(),
        issuer: &setup.issuer,
        settings: &setup.settings,
        clock: setup.clock.clone(),
        entropy: setup.entropy.clone(),
        health,
        metrics,
        codes: &codes,
        rules: rules::BUILT_IN,
        pages: PAGES.iter().map(|page| (page.path, Page::new(page.media_type, page.text))).collect(),
    };
    Ok(gateway.router()?)
}
