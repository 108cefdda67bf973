use std::sync::Arc;

use boxoffice_clock::{Clock, Entropy, ManualClock};
use boxoffice_database::Database;
use boxoffice_http::{Middleware, ServiceClients, middleware::TIME_LIMIT, openapi};
use boxoffice_identity::Issuer;
use boxoffice_outbox::{Backoff, MIGRATIONS};
use boxoffice_runtime::{Assembled, Parts, Service};
use boxoffice_settings::Settings;
use boxoffice_writer::{CrashProbe, Limits, Writer, WriterParts, run_retries};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::TestService;
use crate::FakeService;

type Assemble = Arc<dyn Fn(Parts) -> anyhow::Result<Assembled> + Send + Sync>;

/// The options of a [`TestService`]. A restart starts the service with the same ones.
#[derive(Clone)]
pub struct TestServiceBuilder {
    service: Service,
    assemble: Assemble,
    settings: Vec<(String, String)>,
    fakes: Vec<FakeService>,
    probe: Option<CrashProbe>,
    has_tasks: bool,
    pub(super) environment: Environment,
}

/// The state that a restart keeps.
#[derive(Clone)]
pub(super) struct Environment {
    pub(super) folder: Arc<TempDir>,
    clock: Clock,
    manual_clock: ManualClock,
    entropy: Entropy,
    issuer: Issuer,
}

impl TestServiceBuilder {
    pub(super) fn new(service: Service) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let (clock, manual_clock) = Clock::manual("2030-01-01T00:00:00Z".parse().unwrap());
        let entropy = Entropy::seeded(7);
        let issuer = folder.path().join("identity");
        let issuer = Issuer::open(&issuer, "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
        let environment = Environment { folder, clock, manual_clock, entropy, issuer };
        let (assemble, settings, fakes) = (Arc::new(service.assemble), Vec::new(), Vec::new());
        Self { service, assemble, settings, fakes, probe: None, has_tasks: true, environment }
    }

    /// Sets an environment variable, such as `BOXOFFICE_BOOKINGS_MAX_OPEN`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets variables of one section, each without the prefix `BOXOFFICE_SECTION_`.
    pub fn section(self, name: &str, variables: &[(&str, &str)]) -> Self {
        let prefix = format!("BOXOFFICE_{}_", name.to_ascii_uppercase());
        variables.iter().fold(self, |builder, (name, value)| builder.setting(&format!("{prefix}{name}"), value))
    }

    /// Lets calls to the service `fake.name` reach `fake`.
    pub fn fake(mut self, fake: &FakeService) -> Self {
        self.fakes.push(fake.clone());
        self
    }

    /// Calls `probe` around every commit; it decides whether the writer crashes.
    pub fn probe(mut self, probe: CrashProbe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Removes the probe, for a restart after a crash.
    pub fn without_probe(mut self) -> Self {
        self.probe = None;
        self
    }

    /// Starts no background tasks: only requests, commands and deliveries change data.
    pub fn without_tasks(mut self) -> Self {
        self.has_tasks = false;
        self
    }

    /// Assembles the service with `assemble`, for parts that settings do not reach, such as a probe in a second
    /// database.
    pub fn assemble_with(
        mut self,
        assemble: impl Fn(Parts) -> anyhow::Result<Assembled> + Send + Sync + 'static,
    ) -> Self {
        self.assemble = Arc::new(assemble);
        self
    }

    /// A new id of the kind that the service generates.
    pub fn new_id(&self) -> Uuid {
        self.environment.entropy.uuid(self.environment.clock.now())
    }

    /// Starts the service. Clones of the builder start it again on the same data.
    ///
    /// # Panics
    /// If it cannot start, or outside a tokio runtime.
    pub fn start(self) -> TestService {
        self.try_start().unwrap()
    }

    /// Starts the service, or returns the error of the start, such as an invalid setting.
    ///
    /// # Errors
    /// Those of the service's `assemble`.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn try_start(self) -> anyhow::Result<TestService> {
        let Environment { manual_clock, entropy, issuer, clock, .. } = self.environment.clone();
        let writer = self.writer()?;
        let clients = ServiceClients::new(clock.clone());
        self.fakes.iter().for_each(|fake| clients.register(fake.name, fake.router()));
        let Assembled { api, tasks, additional_writers } = (self.assemble)(self.parts(&writer, &clients))?;
        let middleware = Middleware {
            service: self.service.name,
            clock,
            entropy: entropy.clone(),
            verifier: issuer.verifier(),
            time_limit: TIME_LIMIT,
        };
        let (router, mut api) = api.split_for_parts();
        openapi::complete_document(&mut api);
        let router = middleware.wrap(router);
        clients.register(self.service.name, router.clone());
        let mut running = JoinSet::new();
        if self.has_tasks {
            tasks.into_iter().for_each(|task| drop(running.spawn(task.run)));
            running.spawn(run_retries(writer.clone()));
        }
        let (clock, tasks) = (manual_clock, running);
        Ok(TestService { writer, additional_writers, clock, entropy, issuer, router, api, tasks, options: self })
    }

    fn writer(&self) -> anyhow::Result<Writer> {
        let Self { service, probe, environment, .. } = self;
        let migrations = [MIGRATIONS, (service.name, service.migrations)];
        Ok(Writer::start(WriterParts {
            service: service.name,
            database: Database::open_in(environment.folder.path(), service.name, &migrations)?,
            reactions: (service.reactions)(&Settings::from_env(self.settings.clone()))?,
            clock: environment.clock.clone(),
            entropy: environment.entropy.clone(),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe: probe.clone(),
        })?)
    }

    fn parts(&self, writer: &Writer, clients: &ServiceClients) -> Parts {
        let Environment { folder, clock, entropy, issuer, .. } = &self.environment;
        Parts {
            writer: writer.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            settings: Settings::from_env(self.settings.clone()),
            clients: clients.clone(),
            credential: issuer.credential(self.service.name),
            verifier: issuer.verifier(),
            folder: folder.path().to_owned(),
        }
    }
}
