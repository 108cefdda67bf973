//! Notifications with fake services for users and bookings, and sample events.

use std::{collections::BTreeMap, ops::Deref, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Decimal, EventId, Item, OrganizerId, Quantity, Reason, TicketTypeId, UserId,
    events::{NotificationSent, OrderCancelled, OrderConfirmed, OrderFailed},
};
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_http::{Problem, codes};
use boxoffice_notifications::store::{MailboxEmail, Notification};
use boxoffice_outbox::DeferredMessage;
pub use boxoffice_testkit::eventually;
use boxoffice_testkit::{FakeService, TestService, TestServiceBuilder};
use boxoffice_writer::CrashProbe;
use parking_lot::Mutex;
use serde_json::{Value, json};
use uuid::Uuid;

/// E-mail addresses by user id.
type Emails = Arc<Mutex<BTreeMap<i64, String>>>;

/// The route on which notifications reads the addresses of recipients.
pub const ADDRESSES: &str = "POST /internal/addresses";
/// The route on which notifications reads the user of a token.
pub const BY_SUBJECT: &str = "GET /internal/users/by-subject/{subject}";

/// The folder in which a test starts notifications, once or several times, and the services that it calls.
pub struct Environment {
    builder: TestServiceBuilder,
    pub users: FakeService,
    /// The e-mail addresses of the users 1, 2 and 3. The user 7, for example, has the subject `user7`.
    pub emails: Emails,
}

async fn by_subject(State(emails): State<Emails>, Path(subject): Path<String>) -> Response {
    let id = subject.strip_prefix("user").and_then(|id| id.parse::<i64>().ok());
    match id.filter(|id| emails.lock().contains_key(id)) {
        Some(id) => Json(json!({ "id": id })).into_response(),
        None => Problem::new(&codes::NOT_FOUND, "no user has this subject").into_response(),
    }
}

async fn addresses(State(emails): State<Emails>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    assert!(headers.contains_key("authorization"), "calls between services are authenticated");
    let emails = emails.lock();
    let ids = body["ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap());
    let known = ids.filter_map(|id| Some(json!({"id": id, "name": format!("Person {id}"), "email": emails.get(&id)?})));
    Json(known.collect::<Vec<_>>()).into_response()
}

impl Environment {
    pub fn new() -> Self {
        let emails: Emails = Arc::new(Mutex::new((1..=3).map(|id| (id, format!("p{id}@example.com"))).collect()));
        let routes = Router::new()
            .route("/internal/users/by-subject/{subject}", get(by_subject))
            .route("/internal/addresses", post(addresses));
        let users = FakeService::with_router("users", routes.with_state(emails.clone()));
        // Booking 5 belongs to user 1 and has no notifications.
        let bookings = FakeService::new("bookings");
        bookings.answer(&format!("GET /internal/bookings/{}", booking(5)), 200, json!({"userId": 1}));
        let builder = TestService::builder(boxoffice_notifications::service()).fake(&users).fake(&bookings);
        Self { builder, users, emails }
    }

    pub fn start(&self) -> TestNotifications {
        TestNotifications(self.builder.clone().start())
    }

    /// Starts notifications without the tasks that send notifications and delete expired e-mails.
    pub fn start_without_tasks(&self) -> TestNotifications {
        TestNotifications(self.builder.clone().without_tasks().start())
    }

    pub fn start_with_probe(&self, probe: CrashProbe) -> TestNotifications {
        TestNotifications(self.builder.clone().probe(probe).start())
    }

    /// Starts notifications with environment variables without the prefix `BOXOFFICE_NOTIFICATIONS_`.
    ///
    /// # Errors
    /// Those of the start.
    pub fn try_start(&self, variables: &[(&str, &str)]) -> anyhow::Result<TestNotifications> {
        self.builder.clone().section("notifications", variables).try_start().map(TestNotifications)
    }
}

/// A running instance of notifications.
pub struct TestNotifications(TestService);

impl Deref for TestNotifications {
    type Target = TestService;

    fn deref(&self) -> &TestService {
        &self.0
    }
}

impl TestNotifications {
    /// Delivers `event` as a [`message`].
    pub async fn consume<E: Event>(&self, event: &E) {
        self.deliver_message(&message(event)).await.unwrap();
    }

    /// Delivers `messages` as one batch.
    pub async fn consume_in_one_batch(&self, messages: &[Message]) {
        let results = self.deliver_in_one_batch(messages).await;
        results.into_iter().for_each(|result| result.unwrap());
    }

    pub async fn notifications(&self) -> Vec<Notification> {
        self.rows().await
    }

    /// The first notification about booking `n`.
    pub async fn notification_about(&self, n: u128) -> Notification {
        let mut rows = self.notifications().await.into_iter().filter(|row| row.booking_id == booking(n));
        rows.next().unwrap()
    }

    pub async fn mailbox(&self) -> Vec<MailboxEmail> {
        self.rows().await
    }

    pub async fn deferred(&self) -> Vec<DeferredMessage> {
        self.rows().await
    }

    /// The published events, in order.
    pub async fn sent(&self) -> Vec<NotificationSent> {
        self.published_events().await
    }

    /// Waits until the mailbox contains at least `count` e-mails.
    pub async fn wait_for_emails(&self, count: usize) -> Vec<MailboxEmail> {
        eventually(&format!("{count} e-mails"), async || self.mailbox().await.len() >= count).await;
        self.mailbox().await
    }
}

/// A message of orders with `event`. Equal events are the same message.
pub fn message<E: Event>(event: &E) -> Message {
    let origin = Origin { correlation_id: "correlation-1".into(), actor: "orders".into(), ..Origin::default() };
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

/// The order of booking `n`, of the user `user`, was confirmed.
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

/// The order of booking `n`, of the user `user`, failed.
pub fn failed(n: u128, user: i64, reason: Reason) -> OrderFailed {
    let OrderConfirmed { order_id, customer_id, items, total_amount, currency, organizer_id } = confirmed(n, user);
    OrderFailed { order_id, customer_id, items, reason, total_amount, currency, organizer_id }
}

/// The order of booking `n`, of the user `user`, was cancelled.
pub fn cancelled(n: u128, user: i64) -> OrderCancelled {
    let OrderConfirmed { order_id, customer_id, items, total_amount, currency, organizer_id } = confirmed(n, user);
    OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id }
}
