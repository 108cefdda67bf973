//! Bookings on a database of its own, with its HTTP door and its neighbors, on a clock that is moved by hand.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request},
};
use boxoffice_bookings::store::{self, Booking, Ticket};
use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_contracts::{BookingId, UserId, events::UserSaved};
use boxoffice_database::Database;
use boxoffice_envelope::Message;
use boxoffice_http::{Middleware, ServiceClients};
use boxoffice_identity::{Issuer, Scope, Scopes};
use boxoffice_outbox::{Backoff, MIGRATIONS, OutboxMessage};
use boxoffice_runtime::Parts;
use boxoffice_settings::Settings;
use boxoffice_writer::{CrashProbe, Limits, Writer, WriterParts};
use serde_json::Value;
use tokio::task::JoinSet;
use tower::ServiceExt;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

use crate::{events::message, neighbors::Neighbors};

/// A running service. Ann is user 7, Bob is user 8; nobody else is known from the start.
pub struct House {
    pub writer: Writer,
    pub neighbors: Neighbors,
    pub hand: ManualClock,
    pub document: OpenApi,
    router: Router,
    issuer: Issuer,
    _tasks: JoinSet<()>,
    folder: Arc<tempfile::TempDir>,
}

/// What a house is opened with besides its neighbors.
#[derive(Default)]
pub struct Opening {
    /// Settings, such as `("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")`.
    pub settings: Vec<(&'static str, &'static str)>,
    pub probe: Option<CrashProbe>,
}

/// What the door answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    pub fn id(&self) -> BookingId {
        assert_eq!(self.status / 100, 2, "{self:?}");
        self.body["id"].as_str().unwrap().parse().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub fn start_of_time() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

impl House {
    pub async fn new() -> Self {
        Self::with(Opening::default()).await
    }

    pub async fn with(opening: Opening) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let house = Self::open(folder, Neighbors::default(), start_of_time(), opening);
        house.greet("ann", 7).await;
        house.greet("bob", 8).await;
        house
    }

    /// The same house after a restart, `after` its last moment.
    pub fn reopen(&self, after: Duration, opening: Opening) -> Self {
        self.writer.stop();
        Self::open(self.folder.clone(), self.neighbors.clone(), self.hand.now().plus(after), opening)
    }

    /// A second instance on the same data.
    pub fn beside(&self) -> Self {
        Self::open(self.folder.clone(), self.neighbors.clone(), self.hand.now(), Opening::default())
    }

    fn open(folder: Arc<tempfile::TempDir>, neighbors: Neighbors, now: Timestamp, opening: Opening) -> Self {
        let (clock, hand) = Clock::manual(now);
        let service = boxoffice_bookings::service();
        let url = Database::url_in(folder.path(), "bookings");
        let entropy = Entropy::system();
        let writer = Writer::start(WriterParts {
            service: service.name,
            database: Database::open(&url, &[MIGRATIONS, (service.name, service.migrations)]).unwrap(),
            reactions: (service.reactions)(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe: opening.probe,
        })
        .unwrap();
        let issuer = folder.path().join("identity");
        let issuer = Issuer::open(&issuer, "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
        let clients = ServiceClients::new(clock.clone());
        clients.register("inventory", neighbors.inventory());
        clients.register("users", neighbors.users());
        clients.register("payments", neighbors.payments());
        let settings = opening.settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let assembled = (service.assemble)(Parts {
            writer: writer.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            settings: Settings::from_env(settings),
            clients,
            credential: issuer.credential(service.name),
            verifier: issuer.verifier(),
            folder: folder.path().to_owned(),
        })
        .unwrap();
        let middleware = Middleware {
            service: service.name,
            clock,
            entropy,
            verifier: issuer.verifier(),
            time_limit: Duration::from_secs(60),
        };
        let (router, document) = assembled.api.split_for_parts();
        let router = middleware.wrap(router);
        let mut tasks = JoinSet::new();
        assembled.tasks.into_iter().for_each(|task| drop(tasks.spawn(task.run)));
        Self { writer, neighbors, hand, document, router, issuer, _tasks: tasks, folder }
    }

    /// Bookings hears of a user.
    pub async fn greet(&self, subject: &str, user: i64) {
        let saved =
            UserSaved { user_id: UserId::from(user), subject: Some(subject.into()), deleted: false, version: 1 };
        self.hear(&message(&saved)).await.unwrap();
    }

    /// A delivery of a message; as often as it is called.
    pub async fn hear(&self, message: &Message) -> Result<(), String> {
        self.writer.handle(message).await
    }

    pub fn token(&self, subject: &str) -> String {
        let scopes: Scopes = match subject {
            "otto" => Scopes::from(Scope::Operator),
            "olga" => Scopes::from(Scope::Organizer),
            _ => Scopes::from(Scope::Customer),
        };
        self.issuer.token(subject, scopes, Duration::from_secs(24 * 3600))
    }

    /// A request of `subject`, with headers of its own.
    pub fn request(&self, method: Method, path: &str, subject: &str, headers: &[(&str, &str)], body: &str) -> Calling {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("authorization", format!("Bearer {}", self.token(subject)));
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Calling { router: self.router.clone(), request: request.body(Body::from(body.to_owned())).unwrap() }
    }

    pub async fn get(&self, path: &str, subject: &str) -> Answer {
        self.request(Method::GET, path, subject, &[], "").answer().await
    }

    /// `POST /bookings` of `subject`.
    pub async fn book(&self, subject: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.request(Method::POST, "/api/v1/bookings", subject, headers, body).answer().await
    }

    /// Two places for Ann.
    pub async fn booked(&self) -> BookingId {
        let answer = self.book("ann", &[], TWO).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.id()
    }

    pub async fn cancel(&self, subject: &str, id: BookingId, headers: &[(&str, &str)]) -> Answer {
        self.request(Method::POST, &format!("/api/v1/bookings/{id}/cancel"), subject, headers, "").answer().await
    }

    pub async fn row(&self, id: BookingId) -> Option<(Booking, Vec<Ticket>)> {
        store::booking(self.writer.database(), id).await.unwrap()
    }

    pub async fn bookings(&self) -> usize {
        self.writer.database().select::<Booking>("", vec![]).await.unwrap().len()
    }

    /// The status of a booking, in capitals.
    pub async fn status(&self, id: BookingId) -> String {
        format!("{:?}", self.row(id).await.unwrap().0.status).to_uppercase()
    }

    /// The kinds of all messages said, in order, without `Event`.
    pub async fn said(&self) -> Vec<String> {
        let said = self.writer.database().select::<OutboxMessage>("ORDER BY position", vec![]).await.unwrap();
        said.into_iter().map(|row| row.kind.trim_end_matches("Event").to_owned()).collect()
    }

    /// The body of the last message said.
    pub async fn last(&self) -> Value {
        let said =
            self.writer.database().select::<OutboxMessage>("ORDER BY position DESC LIMIT 1", vec![]).await.unwrap();
        serde_json::from_str(&said[0].body).unwrap()
    }

    /// Moves the clock by `span`, then on until `holds` does: a task that was busy while the clock moved sleeps from
    /// then on.
    pub async fn after(&self, span: Duration, holds: impl AsyncFn() -> bool) {
        self.hand.advance(span);
        until(async || {
            self.hand.advance(Duration::from_millis(100));
            holds().await
        })
        .await;
    }

    /// Returns once everyone was told of what the writer has kept.
    pub fn told(&self) {
        drop(self.writer.pause());
    }
}

/// A request that is about to be sent.
pub struct Calling {
    router: Router,
    request: Request<Body>,
}

impl Calling {
    pub async fn answer(self) -> Answer {
        let response = self.router.oneshot(self.request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

/// Two places of one type.
pub const TWO: &str = r#"{"lines":[{"ticketTypeId":5,"quantity":2}]}"#;

pub fn booking(number: u128) -> BookingId {
    BookingId::from(Uuid::from_u128(number))
}

/// Waits until `holds` does; fails after some seconds of the machine's time.
pub async fn until(holds: impl AsyncFn() -> bool) {
    let patience = boxoffice_clock::Stopwatch::start();
    while !holds().await {
        assert!(patience.elapsed() < Duration::from_secs(20), "it does not come about");
        tokio::task::yield_now().await;
    }
}
