//! `serve`: runs all services in one process until SIGTERM or Ctrl-C.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use boxoffice_http::server;
use boxoffice_identity::{Scope, Scopes};
use boxoffice_runtime::{
    System,
    telemetry::{self, Metrics},
};
use boxoffice_settings::{File, Settings};
use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    banner::Banner,
    command_line::DataOption,
    composition::{gateway_router, setup},
    demo,
    folder::{Folder, OpenResult},
    services::{self, SERVICES},
    settings::sections,
};

#[derive(Debug, Args)]
pub struct Serve {
    /// Services to run; all by default. Fewer than all require a broker, which this version does not support
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    #[command(flatten)]
    pub options: ServeOptions,
}

#[derive(Debug, Args)]
pub struct ServeOptions {
    /// Address and port to listen on
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub data: DataOption,
    /// Whether to create the demo catalog; by default if the data has no organizers and no users
    #[arg(long, env = "BOXOFFICE_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub demo: Option<bool>,
    /// Format of log lines on stderr
    #[arg(long, env = "BOXOFFICE_LOG_FORMAT", default_value = "human", value_name = "human|json")]
    pub log_format: telemetry::Format,
    /// Log level, or levels for each module such as `info,boxoffice_writer=debug`
    #[arg(long, env = "BOXOFFICE_LOG", default_value = "info", value_name = "FILTER", value_parser = parse_filter)]
    pub log: String,
}

fn parse_filter(text: &str) -> Result<String, telemetry::BadFilter> {
    telemetry::check(text).map(|()| text.to_owned())
}

/// How long requests in progress may take to finish after SIGTERM or Ctrl-C.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Lifetime of the demo customer's token that the banner prints.
const DEMO_TOKEN_TTL: Duration = Duration::from_secs(24 * 3600);

impl Serve {
    /// Serves until SIGTERM or Ctrl-C.
    ///
    /// # Errors
    /// The system cannot start, or does not stop cleanly.
    pub fn run(&self, settings: Settings) -> anyhow::Result<()> {
        let Self { services, options } = self;
        services::require_all(services)?;
        telemetry::start(options.log_format, &options.log)?;
        settings.check(&sections())?;
        let folder = match Folder::open(&options.data.data)? {
            OpenResult::Opened(folder) => folder,
            OpenResult::InUse(holder) => anyhow::bail!(
                "{} is in use by {holder}: stop that process, or name another folder with --data",
                options.data.data.display()
            ),
        };
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(options, settings, &folder))
    }
}

async fn run(options: &ServeOptions, settings: Settings, folder: &Folder) -> anyhow::Result<()> {
    folder.write_holder(None)?;
    let metrics = Metrics::install();
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}: name another address with --listen", options.listen))?;
    let address = listener.local_addr()?;
    let setup = setup(settings, folder.path())?;
    let system = System::start(SERVICES, &setup).await?;
    let with_demo = match options.demo {
        Some(with_demo) => with_demo,
        None => demo::has_no_organizers_or_users(&system).await?,
    };
    if with_demo {
        demo::create(&system).await.context("cannot create the demo catalog")?;
    }
    let router = gateway_router(&system, &setup, metrics)?;
    folder.write_holder(Some(address))?;
    let token = demo::has_customer(&system)
        .await
        .then(|| setup.issuer.token(demo::SUBJECT, Scopes::from(Scope::Customer), DEMO_TOKEN_TTL));
    let file = setup.settings.file().map(File::path);
    Banner { address, data: folder.path(), settings: file, issuer: &setup.issuer, token }.print();
    let aborted = server::serve(listener, router, shutdown_signal()?, SHUTDOWN_TIMEOUT).await;
    system.stop().await;
    tracing::info!(aborted, "stopped");
    Ok(())
}

/// Completes at SIGTERM or Ctrl-C.
fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("received SIGTERM: finishing requests in progress"),
            _ = interrupt.recv() => tracing::info!("received Ctrl-C: finishing requests in progress"),
        }
    })
}
