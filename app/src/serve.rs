//! `serve`: everything in one process, until it is told to stop.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_gateway::{Gateway, Page, Upstream, rules};
use boxoffice_http::{Middleware, middleware::TIME_LIMIT, openapi, server};
use boxoffice_identity::{Issuer, Scope, Scopes};
use boxoffice_operator::{Operator, PAGES};
use boxoffice_runtime::{
    Setup, System,
    health::Health,
    telemetry::{self, Metrics},
};
use boxoffice_settings::{File, Settings};
use boxoffice_writer::Writer;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    banner::Banner,
    cli, demo,
    folder::{Folder, Opened},
    host::SystemHost,
    services::{self, SERVICES},
    settings::{IDENTITY, IdentitySettings, sections},
};

/// How long requests under way may take to finish once the program is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// What keeps it from starting, or from stopping cleanly.
pub(crate) fn serve(cli::Serve { services, options }: &cli::Serve, settings: Settings) -> anyhow::Result<()> {
    services::all(services)?;
    telemetry::start(options.log_format, &options.log)?;
    settings.check(&sections())?;
    let folder = match Folder::open(&options.data.data)? {
        Opened::Ours(folder) => folder,
        Opened::Theirs(holder) => anyhow::bail!(
            "{} is in use by {holder}: one process at a time, or name another folder with --data",
            options.data.data.display()
        ),
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(options, settings, &folder))
}

async fn run(options: &cli::ServeOptions, settings: Settings, folder: &Folder) -> anyhow::Result<()> {
    folder.say(None)?;
    let metrics = Metrics::install();
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("{} cannot be listened on: name another with --listen", options.listen))?;
    let address = listener.local_addr()?;
    let setup = setup(settings, folder.path())?;
    let system = System::start(SERVICES, &setup).await?;
    let wanted = match options.demo {
        Some(wanted) => wanted,
        None => demo::has_place(&system).await?,
    };
    if wanted {
        demo::fill(&system).await.context("the demo catalogue could not be made")?;
    }
    let router = door(&system, &setup, metrics)?;
    folder.say(Some(address))?;
    let token = demo::is_there(&system)
        .await
        .then(|| setup.issuer.token(demo::SUBJECT, Scopes::from(Scope::Customer), Duration::from_secs(24 * 3600)));
    let file = setup.settings.file().map(File::path);
    Banner { address, data: folder.path(), settings: file, issuer: &setup.issuer, token }.print();
    let cut_off = server::serve(listener, router, told_to_stop()?, GRACE).await;
    system.stop().await;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

/// What a system in this folder is started with.
///
/// # Errors
/// When the keys cannot be used.
pub fn setup(settings: Settings, folder: &Path) -> anyhow::Result<Setup> {
    let identity: IdentitySettings = settings.section()?;
    let (clock, entropy) = (Clock::machine(), Entropy::machine());
    let issuer = Issuer::open(&folder.join(IDENTITY), &identity.issuer, clock.clone(), entropy.clone())?;
    Ok(Setup { folder: folder.to_owned(), settings, clock, entropy, issuer, probe: None, delivery_faults: None })
}

/// The one public door, before all services and the operator's own resources.
/// # Errors
/// When a setting of the gateway cannot be used.
pub fn door(system: &System, setup: &Setup, metrics: Metrics) -> anyhow::Result<axum::Router> {
    let health = Health::default();
    for writer in system.writers() {
        let writer = writer.clone();
        health.check(writer.service(), move || if writer.is_closed() { Err("stopped".into()) } else { Ok(()) });
    }
    let writers: Arc<[Writer]> = system.writers().cloned().collect();
    let host = Arc::new(SystemHost::new(system, writers.clone()));
    let operator = Operator { writers, issuer: setup.issuer.clone(), host };
    let (operator, mut api) = operator.router().split_for_parts();
    openapi::document_refusals(&mut api);
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
        // An audit reads everything that there is.
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

/// Returns at SIGTERM or Ctrl-C.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: finishing what is under way"),
            _ = interrupt.recv() => tracing::info!("Ctrl-C: finishing what is under way"),
        }
    })
}
