use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::Database;
use boxoffice_http::{Middleware, ServiceClients, metrics::register_refusals, middleware::TIME_LIMIT, openapi};
use boxoffice_identity::Issuer;
use boxoffice_outbox::{Backoff, Log, MIGRATIONS};
use boxoffice_settings::{Section, Settings};
use boxoffice_writer::{
    CrashProbe, DeliveryFault, Limits, Retention, Writer, WriterParts, consume, run_retention, run_retries,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use utoipa::{ToSchema, openapi::OpenApi};

use crate::{Assembled, Parts, Service, Task};

/// The components and options with which a system starts.
pub struct Setup {
    /// The data folder, which contains a database for each service.
    pub folder: PathBuf,
    /// The settings of all services.
    pub settings: Settings,
    /// The clock of all services.
    pub clock: Clock,
    /// The source of ids and randomness of all services.
    pub entropy: Entropy,
    /// The issuer of the tokens that the services accept.
    pub issuer: Issuer,
    /// A probe that tests call around every commit; `None` in production.
    pub probe: Option<CrashProbe>,
    /// Faults that tests inject before a delivery; `None` in production.
    pub delivery_faults: Option<DeliveryFaults>,
}

/// Returns the fault of the deliveries to the service of this name.
pub type DeliveryFaults = Arc<dyn Fn(&'static str) -> DeliveryFault + Send + Sync>;

/// Services that run in this process, wired to each other.
pub struct System {
    /// The services, in the order of [`System::start`].
    pub services: Vec<RunningService>,
    tasks: JoinSet<()>,
}

/// A service that [`System::start`] has started.
pub struct RunningService {
    /// The name of the service.
    pub name: &'static str,
    /// The data that the service owns, in one sentence.
    pub about: &'static str,
    /// The writer of its database.
    pub writer: Writer,
    /// Writers of further databases of the service.
    pub additional_writers: Vec<Writer>,
    /// The HTTP API, wrapped in its middleware.
    pub router: Router,
    /// The OpenAPI document of the HTTP API.
    pub api: OpenApi,
}

/// Settings of the section `outbox`, which apply to every service.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OutboxSettings {
    /// Number of failed attempts after which a message is dead-lettered.
    max_attempts: i64,
    /// Retry delay after the first failed attempt. It doubles with each further one, and is reduced at random by up to 50 %.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    first_wait: Duration,
    /// Longest retry delay between two attempts.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    longest_wait: Duration,
    /// Time for which a published message is retained, so that a consumer that was down can catch up.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    life: Duration,
    /// Time for which an `Idempotency-Key` is stored. A repetition within it has no second effect.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    idempotency_life: Duration,
}

impl Section for OutboxSettings {
    const NAME: &'static str = "outbox";
}

impl Default for OutboxSettings {
    fn default() -> Self {
        let Backoff { first, longest, max_attempts } = Backoff::default();
        let Retention { outbox, idempotency } = Retention::default();
        Self { max_attempts, first_wait: first, longest_wait: longest, life: outbox, idempotency_life: idempotency }
    }
}

impl System {
    /// Opens the database of each service, starts its writer, subscribes the services to each other's events, and starts
    /// the background tasks.
    ///
    /// # Errors
    /// A setting, a database or a key that cannot be used, as a text for the operator.
    pub async fn start(services: &[Service], setup: &Setup) -> anyhow::Result<Self> {
        let outbox: OutboxSettings = setup.settings.section()?;
        let writers =
            services.iter().map(|service| start_writer(service, setup, &outbox)).collect::<Result<Vec<_>, _>>()?;
        let clients = ServiceClients::new(setup.clock.clone());
        let mut system = Self { services: Vec::new(), tasks: JoinSet::new() };
        for (service, writer) in services.iter().zip(&writers) {
            boxoffice_metrics::register(service.metrics);
            register_refusals(service.name, service.codes);
            let assembled = (service.assemble)(parts(service, writer, setup, &clients))
                .with_context(|| format!("{} cannot start", service.name))?;
            system.add_service(service, writer, assembled, setup, &clients);
        }
        system.subscribe(services, &writers).await?;
        let retention = Retention { outbox: outbox.life, idempotency: outbox.idempotency_life };
        for writer in writers {
            system.spawn(Task::new("retries", run_retries(writer.clone())));
            system.spawn(Task::new("retention", run_retention(writer, retention)));
        }
        Ok(system)
    }

    /// The service of this name.
    ///
    /// # Panics
    /// If it does not run in this process.
    pub fn service(&self, name: &str) -> &RunningService {
        self.services.iter().find(|service| service.name == name).expect("a service that runs in this process")
    }

    /// The writers of all services, including the additional ones.
    pub fn writers(&self) -> impl Iterator<Item = &Writer> {
        self.services.iter().flat_map(|service| std::iter::once(&service.writer).chain(&service.additional_writers))
    }

    /// Lets every writer finish its accepted work, ends the background tasks, and closes the databases. Messages in transit
    /// are delivered after the next start.
    pub async fn stop(mut self) {
        let writers: Vec<Writer> = self.writers().cloned().collect();
        let stopped = tokio::task::spawn_blocking(move || writers.iter().for_each(Writer::stop)).await;
        if let Err(error) = stopped {
            tracing::error!(%error, "a writer could not be stopped");
        }
        self.tasks.shutdown().await;
    }

    fn add_service(
        &mut self,
        service: &Service,
        writer: &Writer,
        assembled: Assembled,
        setup: &Setup,
        clients: &ServiceClients,
    ) {
        let (router, mut api) = assembled.api.split_for_parts();
        openapi::complete_document(&mut api);
        let middleware = Middleware {
            service: service.name,
            clock: setup.clock.clone(),
            entropy: setup.entropy.clone(),
            verifier: setup.issuer.verifier(),
            time_limit: TIME_LIMIT,
        };
        let router = middleware.wrap(router);
        clients.register(service.name, router.clone());
        assembled.tasks.into_iter().for_each(|task| self.spawn(task));
        self.services.push(RunningService {
            name: service.name,
            about: service.about,
            writer: writer.clone(),
            additional_writers: assembled.additional_writers,
            router,
            api,
        });
    }

    /// Subscribes every service to the logs of the services whose events it handles.
    async fn subscribe(&mut self, services: &[Service], writers: &[Writer]) -> anyhow::Result<()> {
        for consumer in writers {
            for source in consumer.reactions().sources() {
                let Some(publisher) = writers.iter().find(|writer| writer.service() == source) else {
                    anyhow::bail!(
                        "{} consumes events of {source}, which does not run in this process ({} do): the embedded bus \
                         serves one process",
                        consumer.service(),
                        services.iter().map(|service| service.name).collect::<Vec<_>>().join(", "),
                    );
                };
                let log = Log::of(publisher.service(), publisher.database().clone());
                self.tasks.spawn(consume(consumer, log, publisher).await?);
            }
        }
        Ok(())
    }

    fn spawn(&mut self, task: Task) {
        tracing::debug!(task = task.name, "background task started");
        self.tasks.spawn(task.run);
    }
}

fn start_writer(service: &Service, setup: &Setup, outbox: &OutboxSettings) -> anyhow::Result<Writer> {
    let database = Database::open_in(&setup.folder, service.name, &[MIGRATIONS, (service.name, service.migrations)])
        .with_context(|| format!("the database of {} cannot be used", service.name))?;
    Ok(Writer::start(WriterParts {
        service: service.name,
        database,
        reactions: (service.reactions)().with_fault(setup.delivery_faults.as_ref().map(|faults| faults(service.name))),
        clock: setup.clock.clone(),
        entropy: setup.entropy.clone(),
        limits: Limits::default(),
        backoff: Backoff { first: outbox.first_wait, longest: outbox.longest_wait, max_attempts: outbox.max_attempts },
        probe: setup.probe.clone(),
    })?)
}

fn parts(service: &Service, writer: &Writer, setup: &Setup, clients: &ServiceClients) -> Parts {
    Parts {
        writer: writer.clone(),
        clock: setup.clock.clone(),
        entropy: setup.entropy.clone(),
        settings: setup.settings.clone(),
        clients: clients.clone(),
        credential: setup.issuer.credential(service.name),
        verifier: setup.issuer.verifier(),
        folder: setup.folder.clone(),
    }
}
