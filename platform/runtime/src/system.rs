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

/// The configuration of a system.
pub struct Setup {
    /// The data folder, with a database for each service.
    pub folder: PathBuf,
    /// The settings of all sections.
    pub settings: Settings,
    /// The clock of all services.
    pub clock: Clock,
    /// The source of ids and randomness for all services.
    pub entropy: Entropy,
    /// The issuer whose tokens are accepted.
    pub issuer: Issuer,
    /// Injects crashes around commits; `None` outside tests.
    pub probe: Option<CrashProbe>,
    /// Injects faults before deliveries; `None` outside tests.
    pub delivery_faults: Option<DeliveryFaults>,
}

/// The delivery fault of the service with the given name.
pub type DeliveryFaults = Arc<dyn Fn(&'static str) -> DeliveryFault + Send + Sync>;

/// The running services of this process, connected to each other.
pub struct System {
    /// The services, in the order of [`System::start`].
    pub services: Vec<RunningService>,
    tasks: JoinSet<()>,
}

/// A service of a running [`System`].
pub struct RunningService {
    /// Name of the service.
    pub name: &'static str,
    /// Description of the data that it owns.
    pub about: &'static str,
    /// The writer of its database.
    pub writer: Writer,
    /// Writers of its additional databases.
    pub additional_writers: Vec<Writer>,
    /// Its HTTP API, with the middleware.
    pub router: Router,
    /// The OpenAPI document of its HTTP API.
    pub api: OpenApi,
}

/// Settings of the section `outbox`. They apply to every service.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OutboxSettings {
    /// Number of failed delivery attempts after which a message becomes a dead letter.
    max_attempts: i64,
    /// Retry delay after the first failed attempt. It doubles with each further one and is jittered over its upper half.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    first_retry_delay: Duration,
    /// Longest retry delay between two attempts.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    max_retry_delay: Duration,
    /// Time for which published messages are retained, so that consumers that were down can catch up.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    life: Duration,
    /// Time for which a request with an `Idempotency-Key` is recorded.
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
        Self {
            max_attempts,
            first_retry_delay: first,
            max_retry_delay: longest,
            life: outbox,
            idempotency_life: idempotency,
        }
    }
}

impl System {
    /// Opens the databases, starts the writers, subscribes the services to each other, and starts the background tasks.
    ///
    /// # Errors
    /// A message for the operator about an invalid setting or an unusable database or key.
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

    /// The service `name`.
    ///
    /// # Panics
    /// When no such service runs in this process.
    pub fn service(&self, name: &str) -> &RunningService {
        self.services.iter().find(|service| service.name == name).expect("a service that runs in this process")
    }

    /// All writers of all services, including those of additional databases.
    pub fn writers(&self) -> impl Iterator<Item = &Writer> {
        self.services.iter().flat_map(|service| std::iter::once(&service.writer).chain(&service.additional_writers))
    }

    /// Stops the background tasks, finishes the queued commands, and closes the databases. Messages that no consumer has
    /// handled yet are delivered after the next start.
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

    /// Lets every service consume the logs of the services whose messages it handles.
    async fn subscribe(&mut self, services: &[Service], writers: &[Writer]) -> anyhow::Result<()> {
        for consumer in writers {
            for source in consumer.reactions().sources() {
                let Some(publisher) = writers.iter().find(|writer| writer.service() == source) else {
                    anyhow::bail!(
                        "{} consumes {source}, which does not run in this process ({} do): the embedded bus serves one process",
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
        tracing::debug!(task = task.name, "starts");
        self.tasks.spawn(task.run);
    }
}

fn start_writer(service: &Service, setup: &Setup, outbox: &OutboxSettings) -> anyhow::Result<Writer> {
    let database = Database::open_in(&setup.folder, service.name, &[MIGRATIONS, (service.name, service.migrations)])
        .with_context(|| format!("the database of {} cannot be used", service.name))?;
    Ok(Writer::start(WriterParts {
        service: service.name,
        database,
        reactions: (service.reactions)(&setup.settings)?
            .with_fault(setup.delivery_faults.as_ref().map(|faults| faults(service.name))),
        clock: setup.clock.clone(),
        entropy: setup.entropy.clone(),
        limits: Limits::default(),
        backoff: Backoff {
            first: outbox.first_retry_delay,
            longest: outbox.max_retry_delay,
            max_attempts: outbox.max_attempts,
        },
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
