mod builder;

use std::{path::Path, time::Duration};

use axum::Router;
use boxoffice_clock::{Entropy, ManualClock, Timestamp};
use boxoffice_database::Row;
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_runtime::Service;
use boxoffice_writer::{Command, Failure, Writer};
use tokio::task::JoinSet;
use utoipa::openapi::OpenApi;

pub use builder::TestServiceBuilder;

use crate::{TestResponse, eventually, http, writer};

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
