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
    /// Its name in addresses, logs, metrics and settings.
    pub name: &'static str,
    /// What it owns, in one sentence.
    pub about: &'static str,
    /// Its tables.
    pub migrations: &'static [Migration],
    /// The codes of its refusals.
    pub codes: &'static [&'static Code],
    /// The metrics that the service counts, besides those of the platform.
    pub metrics: &'static [Metric],
    /// Its section of the settings, where it has some.
    pub settings: Option<SectionSpec>,
    /// The bus door: what it does when it hears from others.
    pub reactions: fn() -> Reactions,
    /// Assembles it from what it runs on: the HTTP API and what happens by itself.
    pub assemble: fn(Parts) -> anyhow::Result<Assembled>,
}

/// What a service runs on.
pub struct Parts {
    /// The one way to change its data; knows the database, for reads.
    pub writer: Writer,
    /// The time.
    pub clock: Clock,
    /// Ids and randomness.
    pub entropy: Entropy,
    /// Where its section of the settings is.
    pub settings: Settings,
    /// Clients of the other services.
    pub clients: ServiceClients,
    /// Its own credential, which its clients send.
    pub credential: Credential,
    /// Checks tokens.
    pub verifier: Verifier,
    /// The data folder, for what is not in the database.
    pub folder: PathBuf,
}

/// A service that is ready to run.
pub struct Assembled {
    /// The HTTP door with its documentation. Paths under `/api/v1` are public, through the gateway; those under
    /// `/internal` are for neighbors.
    pub api: OpenApiRouter,
    /// What happens by itself; each runs until the program ends.
    pub tasks: Vec<Task>,
    /// Writers of further databases that belong to it, such as the simulated payment provider's.
    pub additional_writers: Vec<Writer>,
}

/// Something that happens by itself, for ever.
pub struct Task {
    /// Its name in logs.
    pub name: &'static str,
    /// What it does; it ends when its writer is closed.
    pub run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Task {
    /// `run` under `name`.
    pub fn new(name: &'static str, run: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { name, run: Box::pin(run) }
    }
}
