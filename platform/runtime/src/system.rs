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

/// What a system is started with.
pub struct Setup {
    /// The data folder: a database for each service in it.
    pub folder: PathBuf,
    /// All settings.
    pub settings: Settings,
    /// The time of everything.
    pub clock: Clock,
    /// Ids and randomness of everything.
    pub entropy: Entropy,
    /// Whose tokens are good.
    pub issuer: Issuer,
    /// Asked around every commit; none outside tests.
    pub probe: Option<CrashProbe>,
    /// Asked before every reaction of a service; none outside tests.
    pub delivery_faults: Option<DeliveryFaults>,
}

/// What is in the way of the messages to the service of that name.
pub type DeliveryFaults = Arc<dyn Fn(&'static str) -> DeliveryFault + Send + Sync>;

/// Services that run in this process, wired to each other.
pub struct System {
    /// The services, in the order in which they were given.
    pub services: Vec<RunningService>,
    tasks: JoinSet<()>,
}

/// A running service.
pub struct RunningService {
    /// Its name.
    pub name: &'static str,
    /// What it owns.
    pub about: &'static str,
    /// The one way to change its data.
    pub writer: Writer,
    /// Writers of further databases that belong to it.
    pub additional_writers: Vec<Writer>,
    /// Its HTTP door.
    pub router: Router,
    /// What the door is documented to do.
    pub api: OpenApi,
}

/// Settings of the section `outbox`. They hold for every service.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OutboxSettings {
    /// After so many failures a message is parked as a dead letter.
    max_attempts: i64,
    /// The wait after the first failure; doubled with each further one, and spread over its upper half by chance.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    first_wait: Duration,
    /// The longest wait between two tries.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    longest_wait: Duration,
    /// How long a message that was said is kept, so that a listener that was down can be filled again.
    #[serde(with = "humantime_serde")]
    #[schema(value_type = String)]
    life: Duration,
    /// How long a request with an `Idempotency-Key` is remembered.
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
    /// Opens the database of each service, starts its writer, lets the services hear each other, and starts what
    /// happens by itself.
    ///
    /// # Errors
    /// A text for the operator: a setting, a database or a key that cannot be used.
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
        system.listen(services, &writers).await?;
        let retention = Retention { outbox: outbox.life, idempotency: outbox.idempotency_life };
        for writer in writers {
            system.spawn(Task::new("retries", run_retries(writer.clone())));
            system.spawn(Task::new("retention", run_retention(writer, retention)));
        }
        Ok(system)
    }

    /// The service of that name.
    ///
    /// # Panics
    /// When it does not run here.
    pub fn service(&self, name: &str) -> &RunningService {
        self.services.iter().find(|service| service.name == name).expect("a service that runs in this process")
    }

    /// All writers of all services.
    pub fn writers(&self) -> impl Iterator<Item = &Writer> {
        self.services.iter().flat_map(|service| std::iter::once(&service.writer).chain(&service.additional_writers))
    }

    /// Ends what happens by itself, lets every writer finish what it took in, and closes the databases. What is on its
    /// way between two services goes on at the next start.
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

    /// Every service follows the log of each service that it reacts to.
    async fn listen(&mut self, services: &[Service], writers: &[Writer]) -> anyhow::Result<()> {
        for listener in writers {
            for source in listener.reactions().sources() {
                let Some(teller) = writers.iter().find(|writer| writer.service() == source) else {
                    anyhow::bail!(
                        "{} listens to {source}, which does not run here ({} do): the embedded bus serves one process",
                        listener.service(),
                        services.iter().map(|service| service.name).collect::<Vec<_>>().join(", "),
                    );
                };
                let log = Log::of(teller.service(), teller.database().clone());
                self.tasks.spawn(consume(listener, log, teller).await?);
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
