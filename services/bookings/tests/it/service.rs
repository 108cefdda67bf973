//! Bookings on a real database, with fake services and a manual clock.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request},
};
use boxoffice_bookings::store::{self, Booking, BookingWithTickets, Ticket};
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

use crate::{clients::FakeServices, events::message};

/// A running bookings service. Ann is user 7 and Bob is user 8; no other users are known at the start.
pub struct TestBookings {
    pub writer: Writer,
    pub fakes: FakeServices,
    pub hand: ManualClock,
    pub document: OpenApi,
    router: Router,
    issuer: Issuer,
    _tasks: JoinSet<()>,
    folder: Arc<tempfile::TempDir>,
}

/// Options of a test service.
#[derive(Default)]
pub struct Options {
    /// Settings, such as `("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")`.
    pub settings: Vec<(&'static str, &'static str)>,
    pub probe: Option<CrashProbe>,
}

/// An HTTP response, read to its end.
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

impl TestBookings {
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let service = Self::open(folder, FakeServices::default(), start_of_time(), options);
        service.save_user("ann", 7).await;
        service.save_user("bob", 8).await;
        service
    }

    /// The same service after a restart, with the clock moved by `after`.
    pub fn reopen(&self, after: Duration, options: Options) -> Self {
        self.writer.stop();
        Self::open(self.folder.clone(), self.fakes.clone(), self.hand.now().plus(after), options)
    }

    /// A second instance on the same data.
    pub fn beside(&self) -> Self {
        Self::open(self.folder.clone(), self.fakes.clone(), self.hand.now(), Options::default())
    }

    fn open(folder: Arc<tempfile::TempDir>, fakes: FakeServices, now: Timestamp, options: Options) -> Self {
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
            probe: options.probe,
        })
        .unwrap();
        let issuer = folder.path().join("identity");
        let issuer = Issuer::open(&issuer, "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
        let clients = ServiceClients::new(clock.clone());
        clients.register("inventory", fakes.inventory());
        clients.register("users", fakes.users());
        clients.register("payments", fakes.payments());
        let settings = options.settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
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
        let (router, mut document) = assembled.api.split_for_parts();
        boxoffice_http::openapi::complete_document(&mut document);
        let router = middleware.wrap(router);
        let mut tasks = JoinSet::new();
        assembled.tasks.into_iter().for_each(|task| drop(tasks.spawn(task.run)));
        Self { writer, fakes, hand, document, router, issuer, _tasks: tasks, folder }
    }

    /// Delivers a `UserSaved` event.
    pub async fn save_user(&self, subject: &str, user: i64) {
        let saved =
            UserSaved { user_id: UserId::from(user), subject: Some(subject.into()), deleted: false, version: 1 };
        self.deliver(&message(&saved)).await.unwrap();
    }

    /// Delivers a message once.
    pub async fn deliver(&self, message: &Message) -> Result<(), String> {
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

    /// A request of `subject` with more headers.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        subject: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> PendingRequest {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("authorization", format!("Bearer {}", self.token(subject)));
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        PendingRequest { router: self.router.clone(), request: request.body(Body::from(body.to_owned())).unwrap() }
    }

    pub async fn get(&self, path: &str, subject: &str) -> Answer {
        self.request(Method::GET, path, subject, &[], "").answer().await
    }

    /// `POST /bookings` of `subject`.
    pub async fn book(&self, subject: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.request(Method::POST, "/api/v1/bookings", subject, headers, body).answer().await
    }

    /// Books two seats for Ann.
    pub async fn booked(&self) -> BookingId {
        let answer = self.book("ann", &[], TWO).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.id()
    }

    pub async fn cancel(&self, subject: &str, id: BookingId, headers: &[(&str, &str)]) -> Answer {
        self.request(Method::POST, &format!("/api/v1/bookings/{id}/cancel"), subject, headers, "").answer().await
    }

    pub async fn row(&self, id: BookingId) -> Option<(Booking, Vec<Ticket>)> {
        store::booking(self.writer.database(), id).await.unwrap().map(|found| {
            let BookingWithTickets { booking, tickets } = found;
            (booking, tickets)
        })
    }

    pub async fn bookings(&self) -> usize {
        self.writer.database().select::<Booking>("", vec![]).await.unwrap().len()
    }

    /// The status of a booking, in capitals.
    pub async fn status(&self, id: BookingId) -> String {
        format!("{:?}", self.row(id).await.unwrap().0.status).to_uppercase()
    }

    /// The kinds of all published messages, in order, without `Event`.
    pub async fn published(&self) -> Vec<String> {
        let published = self.writer.database().select::<OutboxMessage>("ORDER BY position", vec![]).await.unwrap();
        published.into_iter().map(|row| row.kind.trim_end_matches("Event").to_owned()).collect()
    }

    /// The body of the last published message.
    pub async fn last(&self) -> Value {
        let published =
            self.writer.database().select::<OutboxMessage>("ORDER BY position DESC LIMIT 1", vec![]).await.unwrap();
        serde_json::from_str(&published[0].body).unwrap()
    }

    /// Moves the clock by `span`, then further until `holds`: a task that was busy while the clock moved starts to sleep
    /// afterwards.
    pub async fn after(&self, span: Duration, holds: impl AsyncFn() -> bool) {
        self.hand.advance(span);
        until(async || {
            self.hand.advance(Duration::from_millis(100));
            holds().await
        })
        .await;
    }

    /// Returns once all signals of the committed commands have been handled.
    pub fn wait_for_signals(&self) {
        drop(self.writer.pause());
    }
}

/// A request that is not sent yet.
pub struct PendingRequest {
    router: Router,
    request: Request<Body>,
}

impl PendingRequest {
    pub async fn answer(self) -> Answer {
        let response = self.router.oneshot(self.request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

/// Two seats of one ticket type.
pub const TWO: &str = r#"{"lines":[{"ticketTypeId":5,"quantity":2}]}"#;

pub fn booking(number: u128) -> BookingId {
    BookingId::from(Uuid::from_u128(number))
}

/// Waits until `holds`; fails after 20 seconds of real time.
pub async fn until(holds: impl AsyncFn() -> bool) {
    let watch = boxoffice_clock::Stopwatch::start();
    while !holds().await {
        assert!(watch.elapsed() < Duration::from_secs(20), "the condition did not hold in time");
        tokio::task::yield_now().await;
    }
}
