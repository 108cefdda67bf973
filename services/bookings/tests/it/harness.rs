//! Bookings on a real database, with fake services and a manual clock.

use std::{ops::Deref, time::Duration};

use axum::http::Method;
use boxoffice_bookings::{
    service,
    store::{self, Booking, BookingWithTickets, Ticket},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, UserId, events::UserSaved};
use boxoffice_testkit::{FakeService, TestResponse, TestService, TestServiceBuilder};
use boxoffice_writer::CrashProbe;
use serde_json::Value;
use uuid::Uuid;

use crate::{clients::FakeServices, events::message};

/// A running instance of bookings. Ann is user 7 and Bob is user 8; no other users are known at the start.
pub struct TestBookings {
    service: TestService,
    builder: TestServiceBuilder,
    pub fakes: FakeServices,
    /// The fakes of inventory, users and payments.
    services: [FakeService; 3],
}

impl Deref for TestBookings {
    type Target = TestService;

    fn deref(&self) -> &TestService {
        &self.service
    }
}

/// Options of one start.
#[derive(Default)]
pub struct Options {
    /// Settings, such as `("BOXOFFICE_BOOKINGS_MAX_OPEN", "1")`.
    pub settings: Vec<(&'static str, &'static str)>,
    pub probe: Option<CrashProbe>,
}

/// Reads parts of responses.
pub trait BookingResponse {
    /// The id of the booking in the body of a 2xx response.
    fn id(&self) -> BookingId;
}

impl BookingResponse for TestResponse {
    fn id(&self) -> BookingId {
        assert!(self.status.is_success(), "{self:?}");
        self.body["id"].as_str().unwrap().parse().unwrap()
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
        let fakes = FakeServices::default();
        let services = fakes.services();
        let builder = services.iter().fold(TestService::builder(service()), |builder, fake| builder.fake(fake));
        let service = Self::start(builder, fakes, services, options);
        service.save_user("ann", 7).await;
        service.save_user("bob", 8).await;
        service
    }

    fn start(
        builder: TestServiceBuilder,
        fakes: FakeServices,
        services: [FakeService; 3],
        Options { settings, probe }: Options,
    ) -> Self {
        let mut options = settings.into_iter().fold(builder.clone(), |all, (name, value)| all.setting(name, value));
        if let Some(probe) = probe {
            options = options.probe(probe);
        }
        Self { service: options.start(), builder, fakes, services }
    }

    /// Stops the writer and starts bookings again on the same data, after the clock has advanced by `delay`.
    pub fn restart_after(&self, delay: Duration, options: Options) -> Self {
        self.writer.stop();
        self.clock.advance(delay);
        Self::start(self.builder.clone(), self.fakes.clone(), self.services.clone(), options)
    }

    /// Starts a second instance on the same data.
    pub fn another_instance(&self) -> Self {
        Self::start(self.builder.clone(), self.fakes.clone(), self.services.clone(), Options::default())
    }

    /// Number of requests to the fake `service`.
    pub fn calls(&self, service: &str) -> usize {
        self.services.iter().filter(|fake| fake.name == service).map(|fake| fake.requests().len()).sum()
    }

    /// Delivers a `UserSaved` event.
    pub async fn save_user(&self, subject: &str, user: i64) {
        let saved =
            UserSaved { user_id: UserId::from(user), subject: Some(subject.into()), deleted: false, version: 1 };
        self.deliver_message(&message(&saved)).await.unwrap();
    }

    /// A token of `subject`: `otto` is an operator, `olga` an organizer, everyone else a customer.
    pub fn token_of(&self, subject: &str) -> String {
        let scope = match subject {
            "otto" => "operator",
            "olga" => "organizer",
            _ => "customer",
        };
        self.token(subject, scope)
    }

    /// A request of `subject` with further headers. It is sent when the future is polled first, and borrows nothing.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        subject: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> impl Future<Output = TestResponse> + Send + use<> {
        self.send_with(&format!("{method} {path}"), &self.token_of(subject), headers, body)
    }

    pub async fn get(&self, path: &str, subject: &str) -> TestResponse {
        self.request(Method::GET, path, subject, &[], "").await
    }

    /// `POST /bookings` of `subject`.
    pub async fn book(&self, subject: &str, headers: &[(&str, &str)], body: &str) -> TestResponse {
        self.request(Method::POST, "/api/v1/bookings", subject, headers, body).await
    }

    /// Books two seats for Ann.
    pub async fn booked(&self) -> BookingId {
        let answer = self.book("ann", &[], TWO).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.id()
    }

    pub async fn cancel(&self, subject: &str, id: BookingId, headers: &[(&str, &str)]) -> TestResponse {
        self.request(Method::POST, &format!("/api/v1/bookings/{id}/cancel"), subject, headers, "").await
    }

    pub async fn stored(&self, id: BookingId) -> Option<(Booking, Vec<Ticket>)> {
        store::booking(self.writer.database(), id).await.unwrap().map(|found| {
            let BookingWithTickets { booking, tickets } = found;
            (booking, tickets)
        })
    }

    pub async fn bookings(&self) -> usize {
        self.rows::<Booking>().await.len()
    }

    /// The status of a booking, in capitals.
    pub async fn status(&self, id: BookingId) -> String {
        format!("{:?}", self.stored(id).await.unwrap().0.status).to_uppercase()
    }

    /// The body of the last published message.
    pub async fn last_published(&self) -> Value {
        serde_json::from_str(&self.published().await.last().unwrap().body).unwrap()
    }

    /// Advances the clock by `span`, then in steps until `condition` is true: a task that was busy when the clock advanced
    /// starts to sleep afterwards.
    pub async fn after(&self, span: Duration, condition: impl AsyncFn() -> bool) {
        self.clock.advance(span);
        self.advance_until("the condition after the delay", Duration::from_millis(100), condition).await;
    }

    /// Returns once all signals of the committed commands have been handled.
    pub fn wait_for_signals(&self) {
        drop(self.writer.pause());
    }
}

/// Two seats of one ticket type.
pub const TWO: &str = r#"{"lines":[{"ticketTypeId":5,"quantity":2}]}"#;

pub fn booking(number: u128) -> BookingId {
    BookingId::from(Uuid::from_u128(number))
}

/// Waits until `condition` is true.
pub async fn until(condition: impl AsyncFn() -> bool) {
    boxoffice_testkit::eventually("the condition", condition).await;
}
