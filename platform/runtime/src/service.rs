use std::{future::Future, path::PathBuf, pin::Pin};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::Migration;
use boxoffice_http::{Code, ServiceClients};
use boxoffice_identity::{Credential, Verifier};
use boxoffice_metrics::Metric;
use boxoffice_settings::{SectionSpec, Settings};
use boxoffice_writer::{Reactions, Writer};
use utoipa_axum::router::OpenApiRouter;

/// The declaration of a service: everything that [`System`](crate::System) needs to run it.
#[derive(Clone, Copy)]
pub struct Service {
    /// The name of the service in addresses, logs, metrics and settings.
    pub name: &'static str,
    /// The data that the service owns, in one sentence.
    pub about: &'static str,
    /// The migrations of its tables.
    pub migrations: &'static [Migration],
    /// The error codes that the service owns.
    pub codes: &'static [&'static Code],
    /// The metrics that the service counts, besides those of the platform.
    pub metrics: &'static [Metric],
    /// The settings section of the service; `None` if it has no settings.
    pub settings: Option<SectionSpec>,
    /// Creates the handlers of the events that the service consumes.
    pub reactions: fn() -> Reactions,
    /// Creates the HTTP API and the background tasks.
    pub assemble: fn(Parts) -> anyhow::Result<Assembled>,
}

/// The components that a service runs on.
pub struct Parts {
    /// The writer through which the service changes its data. It has the database, for reads.
    pub writer: Writer,
    /// The clock of the service.
    pub clock: Clock,
    /// The source of ids and randomness.
    pub entropy: Entropy,
    /// All settings; the service reads its own section.
    pub settings: Settings,
    /// Clients of the other services.
    pub clients: ServiceClients,
    /// The credential that the clients of the service send.
    pub credential: Credential,
    /// Verifies the tokens of requests.
    pub verifier: Verifier,
    /// The data folder, for files outside the database.
    pub folder: PathBuf,
}

/// A service that is ready to run.
pub struct Assembled {
    /// The HTTP API with its documentation. Paths under `/api/v1` are public through the gateway; only other services call
    /// those under `/internal`.
    pub api: OpenApiRouter,
    /// The background tasks; each runs until shutdown.
    pub tasks: Vec<Task>,
    /// Writers of further databases of the service, such as that of the simulated payment provider.
    pub additional_writers: Vec<Writer>,
}

/// A background task of a service, which runs until shutdown.
pub struct Task {
    /// The name of the task in logs.
    pub name: &'static str,
    /// The work of the task. It ends when its writer is closed.
    pub run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Task {
    /// A task that runs `run` and is logged as `name`.
    pub fn new(name: &'static str, run: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { name, run: Box::pin(run) }
    }
}
