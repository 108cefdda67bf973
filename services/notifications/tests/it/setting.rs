//! What the tests run against: the service as the program runs it, and people who can be changed.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Request, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use boxoffice_clock::{Clock, Entropy, ManualClock, Stopwatch, Timestamp};
use boxoffice_contracts::{
    BookingId, Currency, Decimal, EventId, Item, OrganizerId, Quantity, Reason, TicketTypeId, UserId,
    events::{NotificationSent, OrderCancelled, OrderConfirmed, OrderFailed},
};
use boxoffice_database::{Database, Row};
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_http::{Middleware, Problem, ServiceClients, codes};
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_notifications::store::{MailboxEmail, Notification};
use boxoffice_outbox::{Backoff, DeferredMessage, OutboxMessage};
use boxoffice_runtime::{Assembled, Parts};
use boxoffice_settings::Settings;
use boxoffice_writer::{
    Command, CommandContext, CrashProbe, Limits, ReadSet, UnitOfWork, Writer, WriterParts, run_retries,
};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// The people that the service asks for: by id, with their addresses. Whoever has the id 7 signs in as `user7`.
#[derive(Default)]
pub struct People {
    pub emails: Mutex<BTreeMap<i64, String>>,
    /// How often addresses were asked for.
    pub asked: AtomicUsize,
    /// How often it was asked whose a token is.
    pub asked_whose: AtomicUsize,
    /// Whether they cannot be asked.
    pub are_out: AtomicBool,
}

async fn by_subject(State(people): State<Arc<People>>, Path(subject): Path<String>) -> Response {
    people.asked_whose.fetch_add(1, Ordering::SeqCst);
    let id = subject.strip_prefix("user").and_then(|id| id.parse::<i64>().ok());
    match id.filter(|id| people.emails.lock().contains_key(id)) {
        Some(id) => Json(json!({ "id": id })).into_response(),
        None => Problem::new(&codes::NOT_FOUND, "nobody").into_response(),
    }
}

async fn addresses(State(people): State<Arc<People>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    assert!(headers.contains_key("authorization"), "a service shows who it is");
    people.asked.fetch_add(1, Ordering::SeqCst);
    if people.are_out.load(Ordering::SeqCst) {
        return Problem::new(&codes::UNAVAILABLE, "out").into_response();
    }
    let emails = people.emails.lock();
    let ids = body["ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap());
    let known = ids.filter_map(|id| Some(json!({"id": id, "name": format!("Person {id}"), "email": emails.get(&id)?})));
    Json(known.collect::<Vec<_>>()).into_response()
}

/// Booking 5 is of person 1, and there are no others that are not written about.
async fn owner(Path(id): Path<BookingId>) -> Response {
    if id == booking(5) {
        Json(json!({"userId": 1})).into_response()
    } else {
        Problem::new(&codes::NOT_FOUND, "there is none").into_response()
    }
}

/// The place where one service keeps its data, over any number of its lives.
pub struct Place {
    pub people: Arc<People>,
    pub hand: ManualClock,
    pub issuer: Issuer,
    clock: Clock,
    folder: TempDir,
}

impl Place {
    /// With three people.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        let keys = folder.path().join("issuer");
        let issuer = Issuer::open(&keys, "http://localhost", clock.clone(), Entropy::seeded(1)).unwrap();
        let people = Arc::new(People::default());
        people.emails.lock().extend((1..=3).map(|id| (id, format!("p{id}@example.com"))));
        Self { people, hand, issuer, clock, folder }
    }

    /// The service as it is assembled, with its tasks not yet running.
    pub fn assemble(
        &self,
        settings: &[(&str, &str)],
        probe: Option<CrashProbe>,
    ) -> anyhow::Result<(Writer, Assembled)> {
        let service = boxoffice_notifications::service();
        let url = Database::url_in(self.folder.path(), "notifications");
        let database = Database::open(&url, &[boxoffice_outbox::MIGRATIONS, (service.name, service.migrations)])?;
        let (clock, entropy) = (self.clock.clone(), Entropy::system());
        let writer = Writer::start(WriterParts {
            service: service.name,
            database,
            reactions: (service.reactions)(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe,
        })?;
        let clients = ServiceClients::new(clock.clone());
        let users = Router::new()
            .route("/internal/users/by-subject/{subject}", get(by_subject))
            .route("/internal/addresses", post(addresses));
        clients.register("users", users.with_state(self.people.clone()));
        clients.register("bookings", Router::new().route("/internal/bookings/{id}", get(owner)));
        let variables = settings.iter().map(|(name, value)| (format!("BOXOFFICE_{name}"), (*value).to_owned()));
        let assembled = (service.assemble)(Parts {
            writer: writer.clone(),
            clock,
            entropy,
            settings: Settings::from_env(variables),
            clients,
            credential: self.issuer.credential(service.name),
            verifier: self.issuer.verifier(),
            folder: self.folder.path().to_owned(),
        })?;
        Ok((writer, assembled))
    }

    /// The service, with nothing happening by itself.
    pub fn idle(&self) -> Post {
        self.start(&[], None, false)
    }

    /// The service, running.
    pub fn open(&self) -> Post {
        self.start(&[], None, true)
    }

    pub fn start(&self, settings: &[(&str, &str)], probe: Option<CrashProbe>, runs: bool) -> Post {
        let (writer, assembled) = self.assemble(settings, probe).unwrap();
        if runs {
            assembled.tasks.into_iter().for_each(|task| drop(tokio::spawn(task.run)));
            tokio::spawn(run_retries(writer.clone()));
        }
        let middleware = Middleware {
            service: "notifications",
            clock: self.clock.clone(),
            entropy: Entropy::system(),
            verifier: self.issuer.verifier(),
            time_limit: Duration::from_secs(10),
        };
        Post { writer, router: middleware.wrap(assembled.api.split_for_parts().0) }
    }

    /// A token of `subject` with `scopes`.
    pub fn token(&self, subject: &str, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        self.issuer.token(subject, scopes, Duration::from_secs(24 * 3600))
    }
}

/// The service in one of its lives.
pub struct Post {
    pub writer: Writer,
    router: Router,
}

/// What the door answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Post {
    /// What the service does when it hears `event`.
    pub async fn hear<E: Event>(&self, event: &E) {
        self.writer.handle(&message(event)).await.unwrap();
    }

    /// Delivers `messages` as one batch.
    pub async fn hear_in_one_batch(&self, messages: &[Message]) {
        let paused = self.writer.pause();
        let mut plug = pin!(self.writer.run(Origin::default(), Plug));
        queue(plug.as_mut());
        eventually("the plug is taken", async || self.writer.depth() == (0, 0)).await;
        let mut waiting: Vec<_> = messages.iter().map(|message| Box::pin(self.writer.handle(message))).collect();
        waiting.iter_mut().for_each(|future| queue(future.as_mut()));
        drop(paused);
        plug.await.unwrap();
        for future in waiting {
            future.await.unwrap();
        }
    }

    /// Asks on behalf of `token`, as `METHOD /path`, with a JSON body, empty for none.
    pub async fn ask(&self, what: &str, token: &str, body: &str) -> Answer {
        self.ask_with(what, token, &[], body).await
    }

    /// The same with further headers.
    pub async fn ask_with(&self, what: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: head.status, headers: head.headers, body }
    }

    /// All rows of a table in the order of its key.
    pub async fn all<R: Row>(&self) -> Vec<R> {
        let order = R::TABLE.columns[..R::TABLE.key_columns].join(", ");
        self.writer.database().select(&format!("ORDER BY {order}"), Vec::new()).await.unwrap()
    }

    pub async fn notifications(&self) -> Vec<Notification> {
        self.all().await
    }

    /// The notification about the booking `n`; there is one.
    pub async fn about(&self, n: u128) -> Notification {
        let mut rows = self.notifications().await.into_iter().filter(|row| row.booking_id == booking(n));
        rows.next().unwrap()
    }

    pub async fn mailbox(&self) -> Vec<MailboxEmail> {
        self.all().await
    }

    pub async fn retries(&self) -> Vec<DeferredMessage> {
        self.all().await
    }

    /// What was said, in order.
    pub async fn said(&self) -> Vec<NotificationSent> {
        self.all::<OutboxMessage>().await.into_iter().map(|row| row.message("notifications").read().unwrap()).collect()
    }

    /// Waits until so many letters are in the mailbox.
    pub async fn mails(&self, count: usize) -> Vec<MailboxEmail> {
        eventually(&format!("{count} letters"), async || self.mailbox().await.len() >= count).await;
        self.mailbox().await
    }
}

/// Occupies the writer.
struct Plug;

impl Command for Plug {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, _: &mut ReadSet<'_>) {}

    fn decide(&self, _: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        Ok(())
    }
}

/// An event as it is delivered, on behalf of an errand of its own.
pub fn message<E: Event>(event: &E) -> Message {
    let origin = Origin { correlation_id: "errand-1".into(), actor: "orders".into(), ..Origin::default() };
    Message::of(event, Uuid::from_u128(99), Timestamp::from_micros(1_900_000_000_000_000), origin)
}

pub fn booking(n: u128) -> BookingId {
    BookingId::from(Uuid::from_u128(n))
}

fn items() -> Vec<Item> {
    vec![Item {
        product_id: TicketTypeId::from(1),
        event: EventId::from(1),
        name: "Stalls".into(),
        quantity: Quantity::new(2).unwrap(),
        unit_price: Decimal::new(2550, 2),
    }]
}

/// The booking `n` of the person `user` succeeded.
pub fn confirmed(n: u128, user: i64) -> OrderConfirmed {
    OrderConfirmed {
        order_id: booking(n),
        customer_id: UserId::from(user),
        items: items(),
        total_amount: Decimal::new(5100, 2),
        currency: Currency::EUR,
        organizer_id: OrganizerId::from(4),
    }
}

/// The booking `n` of the person `user` failed.
pub fn failed(n: u128, user: i64, reason: Reason) -> OrderFailed {
    let OrderConfirmed { order_id, customer_id, items, total_amount, currency, organizer_id } = confirmed(n, user);
    OrderFailed { order_id, customer_id, items, reason, total_amount, currency, organizer_id }
}

/// The booking `n` of the person `user` was cancelled.
pub fn cancelled(n: u128, user: i64) -> OrderCancelled {
    let OrderConfirmed { order_id, customer_id, items, total_amount, currency, organizer_id } = confirmed(n, user);
    OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id }
}

/// Polls a future once, which is when a writer queues what it is asked.
fn queue<F: Future>(future: Pin<&mut F>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Waits until `holds`; fails when it takes longer than anything here may.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let watch = Stopwatch::start();
    while !holds().await {
        assert!(watch.elapsed() < Duration::from_secs(20), "waited too long: {what}");
        Clock::system().sleep(Duration::from_millis(1)).await;
    }
}
