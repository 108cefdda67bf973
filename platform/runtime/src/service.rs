use std::{future::Future, path::PathBuf, pin::Pin};

use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::Migration;
use boxoffice_http::{Code, ServiceClients};
use boxoffice_identity::{Credential, Verifier};
use boxoffice_metrics::Metric;
use boxoffice_settings::{SectionSpec, Settings};
use boxoffice_writer::{Reactions, Writer};
use utoipa_axum::router::OpenApiRouter;

/// A service as a value: everything that the program needs to run it, alone or beside others.
#[derive(Clone, Copy)]
pub struct Service {
    /// Name in addresses, logs, metrics and settings.
    pub name: &'static str,
    /// Description of the data that it owns, in one sentence.
    pub about: &'static str,
    /// Migrations of its tables.
    pub migrations: &'static [Migration],
    /// Error codes that it declares.
    pub codes: &'static [&'static Code],
    /// The metrics that the service counts, besides those of the platform.
    pub metrics: &'static [Metric],
    /// Section of its settings; `None` without settings.
    pub settings: Option<SectionSpec>,
    /// The handlers of messages of other services, for these settings.
    ///
    /// # Errors
    /// Its settings are invalid.
    pub reactions: fn(&Settings) -> anyhow::Result<Reactions>,
    /// Assembles the HTTP API and the background tasks.
    pub assemble: fn(Parts) -> anyhow::Result<Assembled>,
}

/// The dependencies of a service.
pub struct Parts {
    /// Runs commands. Its [`Writer::database`] serves reads.
    pub writer: Writer,
    /// The clock of the process, or a manual one in tests.
    pub clock: Clock,
    /// Source of ids and randomness.
    pub entropy: Entropy,
    /// Settings of all sections; the service reads its own.
    pub settings: Settings,
    /// Clients of the other services.
    pub clients: ServiceClients,
    /// Credential with which its clients call other services.
    pub credential: Credential,
    /// Verifier of access tokens.
    pub verifier: Verifier,
    /// The data folder, for files beside the database.
    pub folder: PathBuf,
}

/// A service that is ready to run.
pub struct Assembled {
    /// The HTTP API with its documentation. The gateway routes paths under `/api/v1`; paths under `/internal` are for other
    /// services.
    pub api: OpenApiRouter,
    /// Background tasks, which run until shutdown.
    pub tasks: Vec<Task>,
    /// Writers of additional databases, such as that of the simulated payment provider.
    pub additional_writers: Vec<Writer>,
}

/// A background task, which runs until shutdown.
pub struct Task {
    /// Name of the task in logs.
    pub name: &'static str,
    /// The future of the task, which ends when its writer closes.
    pub run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Task {
    /// Names the future `run`.
    pub fn new(name: &'static str, run: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { name, run: Box::pin(run) }
    }
}
