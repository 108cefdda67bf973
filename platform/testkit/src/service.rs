use std::{path::Path, sync::Arc, time::Duration};

use axum::Router;
use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_database::{Database, Row};
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_http::{Middleware, ServiceClients, middleware::TIME_LIMIT, openapi};
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_outbox::{Backoff, MIGRATIONS};
use boxoffice_runtime::{Assembled, Parts, Service};
use boxoffice_settings::Settings;
use boxoffice_writer::{Command, CrashProbe, Failure, Limits, Writer, WriterParts, run_retries};
use tempfile::TempDir;
use tokio::task::JoinSet;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

use crate::{FakeService, TestResponse, eventually, http, writer};

type Assemble = Arc<dyn Fn(Parts) -> anyhow::Result<Assembled> + Send + Sync>;

/// One running service. Its tasks run, its database is a file, and no other service runs: events come from
/// [`deliver`](Self::deliver), and calls to other services reach [`FakeService`]s.
pub struct TestService {
    /// The writer of its database.
    pub writer: Writer,
    /// Writers of further databases that belong to it.
    pub additional_writers: Vec<Writer>,
    /// Its clock, which only the test advances. A restart keeps it.
    pub clock: ManualClock,
    /// Its seeded source of ids: equal test runs have equal ids.
    pub entropy: Entropy,
    /// The issuer whose tokens it accepts.
    pub issuer: Issuer,
    /// Its router with the middleware of production.
    pub router: Router,
    /// The OpenAPI document that it publishes.
    pub api: OpenApi,
    tasks: JoinSet<()>,
    options: TestServiceBuilder,
}

/// The options of a [`TestService`]. A restart starts the service with the same ones.
#[derive(Clone)]
pub struct TestServiceBuilder {
    service: Service,
    assemble: Assemble,
    settings: Vec<(String, String)>,
    fakes: Vec<FakeService>,
    probe: Option<CrashProbe>,
    has_tasks: bool,
    environment: Environment,
}

/// The state that a restart keeps.
#[derive(Clone)]
struct Environment {
    folder: Arc<TempDir>,
    clock: Clock,
    manual_clock: ManualClock,
    entropy: Entropy,
    issuer: Issuer,
}

impl TestServiceBuilder {
    fn new(service: Service) -> Self {
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

impl TestService {
    /// Starts `service` in a new folder with default settings.
    pub fn start(service: Service) -> Self {
        Self::builder(service).start()
    }

    /// Creates options for a start of `service` in a new folder. The clock shows 2030-01-01T00:00:00Z.
    pub fn builder(service: Service) -> TestServiceBuilder {
        TestServiceBuilder::new(service)
    }

    /// Stops the writers and the tasks. The folder stays until the value is dropped.
    ///
    /// # Panics
    /// If a task has panicked.
    pub async fn stop(&mut self) {
        self.writer.stop();
        self.additional_writers.iter().for_each(Writer::stop);
        self.tasks.abort_all();
        while let Some(ended) = self.tasks.join_next().await {
            assert!(!ended.is_err_and(|error| error.is_panic()), "a task panicked");
        }
    }

    /// Stops the service, as far as it has not crashed, and starts it again on the same data.
    pub async fn restart(self) -> Self {
        self.restart_with(|options| options).await
    }

    /// Restarts with other options, such as a further setting.
    pub async fn restart_with(mut self, change: impl FnOnce(TestServiceBuilder) -> TestServiceBuilder) -> Self {
        self.stop().await;
        change(self.options).start()
    }

    /// Starts a second instance on the same data.
    pub fn second_instance(&self) -> Self {
        self.options.clone().start()
    }

    /// The folder of its databases.
    pub fn folder(&self) -> &Path {
        self.options.environment.folder.path()
    }

    /// A token of `subject`, valid for a day; `scopes` are separated by spaces.
    ///
    /// # Panics
    /// If a scope is unknown.
    pub fn token(&self, subject: &str, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        self.issuer.token(subject, scopes, Duration::from_secs(24 * 3600))
    }

    /// Sends `METHOD /path` with a token and a JSON body, each empty for none.
    pub async fn send(&self, route: &str, token: &str, body: &str) -> TestResponse {
        self.send_with(route, token, &[], body).await
    }

    /// Like [`send`](Self::send), with further headers. The future borrows nothing, so that it can be spawned.
    pub fn send_with(
        &self,
        route: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> impl Future<Output = TestResponse> + Send + use<> {
        http::send(self.router.clone(), http::request(route, token, headers, body))
    }

    /// Runs a command with a default origin.
    ///
    /// # Errors
    /// Those of the command.
    pub async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
        self.writer.run(Origin::default(), command).await
    }

    /// Runs `commands` as one batch, in this order.
    pub async fn run_in_one_batch<C: Command>(
        &self,
        commands: impl IntoIterator<Item = C>,
    ) -> Vec<Result<C::Answer, Failure<C::Refusal>>> {
        writer::run_in_one_batch(&self.writer, commands).await
    }

    /// Wraps `event` into a new message, published now.
    pub fn message<E: Event>(&self, event: &E) -> Message {
        let now: Timestamp = self.clock.now();
        Message::of(event, self.entropy.uuid(now), now, Origin::default())
    }

    /// Delivers `event` once, as a new message.
    ///
    /// # Errors
    /// The reason of a failed delivery.
    pub async fn deliver<E: Event>(&self, event: &E) -> Result<(), String> {
        self.deliver_message(&self.message(event)).await
    }

    /// Delivers a message once; call it again for a redelivery.
    ///
    /// # Errors
    /// The reason of a failed delivery.
    pub async fn deliver_message(&self, message: &Message) -> Result<(), String> {
        self.writer.handle(message).await
    }

    /// Delivers `messages` as one batch.
    pub async fn deliver_in_one_batch(&self, messages: &[Message]) -> Vec<Result<(), String>> {
        writer::in_one_batch(&self.writer, messages.iter().map(|message| self.writer.handle(message))).await
    }

    /// All rows of a table in the order of its key.
    pub async fn rows<R: Row>(&self) -> Vec<R> {
        writer::rows(&self.writer).await
    }

    /// The row with this key; `None` if the table lacks it.
    ///
    /// # Panics
    /// If the database cannot be read.
    pub async fn row<R: Row>(&self, key: impl Into<R::Key>) -> Option<R> {
        self.writer.database().get::<R>(key.into()).await.unwrap()
    }

    /// All messages that the service published, in order.
    pub async fn published(&self) -> Vec<Message> {
        writer::published(&self.writer).await
    }

    /// All events of the type `E` that the service published, in order.
    ///
    /// # Panics
    /// If such an event cannot be read.
    pub async fn published_events<E: Event>(&self) -> Vec<E> {
        let messages = self.published().await.into_iter().filter(|message| message.kind == E::KIND);
        messages.map(|message| message.read().unwrap()).collect()
    }

    /// The kinds of all messages that the service published, in order, without `Event` at their end.
    pub async fn published_kinds(&self) -> Vec<String> {
        self.published().await.iter().map(|message| message.kind.trim_end_matches("Event").to_owned()).collect()
    }

    /// Advances the clock by `step` until `condition` is true; returns by how much.
    ///
    /// # Panics
    /// After [`WAIT_LIMIT`](crate::WAIT_LIMIT), with `description` in the message.
    pub async fn advance_until(
        &self,
        description: &str,
        step: Duration,
        condition: impl AsyncFn() -> bool,
    ) -> Duration {
        let start = self.clock.now();
        eventually(description, async || {
            let holds = condition().await;
            if !holds {
                self.clock.advance(step);
            }
            holds
        })
        .await;
        self.clock.now().since(start)
    }
}
