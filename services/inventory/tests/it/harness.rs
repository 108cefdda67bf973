//! Inventory with one event, its HTTP API, and helpers for holds.

use std::{ops::Deref, time::Duration};

use boxoffice_contracts::{BookingId, Currency, EventId, Quantity, QuotaId, Selection, TicketTypeId};
use boxoffice_inventory::{
    Refusal,
    commands::{
        Actor, CreateEvent, CreateHold, CreateOrganizer, CreateTicketType, HoldSource, NewTicketType, QuotaSource,
    },
    domain::SeatRequest,
    service,
    store::{Hold, Quota},
};
use boxoffice_testkit::{TestResponse, TestService};
use boxoffice_writer::Failure;
use serde_json::Value;
use uuid::Uuid;

/// A caller: a subject and its scopes.
pub type Caller<'a> = (&'a str, &'a str);

/// A member of organizer 1.
pub const OLGA: Caller<'_> = ("olga", "organizer");
pub const ANN: Caller<'_> = ("ann", "customer");

/// Inventory with organizer 1 and event 1: ticket type 1 at 25.50 EUR and type 2 at 10 EUR share one quota.
pub struct TestInventory(TestService);

impl Deref for TestInventory {
    type Target = TestService;

    fn deref(&self) -> &TestService {
        &self.0
    }
}

pub fn eur() -> Currency {
    "EUR".parse().unwrap()
}

pub fn booking(number: u128) -> BookingId {
    BookingId::from(Uuid::from_u128(number))
}

/// A request for `seats` seats of the ticket type `id`.
pub fn of_type(id: TicketTypeId, quantity: Quantity) -> SeatRequest {
    SeatRequest { selection: Selection::TicketType(id), quantity }
}

/// A request for `seats` seats of the first ticket type of the event `id`.
pub fn of_event(id: EventId, quantity: Quantity) -> SeatRequest {
    SeatRequest { selection: Selection::FirstTypeOf(id), quantity }
}

pub fn quantity(number: u32) -> Quantity {
    Quantity::new(number).unwrap()
}

impl TestInventory {
    /// Starts inventory without the task that expires holds.
    pub async fn with_capacity(capacity: i64) -> Self {
        let inventory = Self(TestService::builder(service()).without_tasks().start());
        inventory.create_catalogue(capacity).await;
        inventory
    }

    async fn create_catalogue(&self, capacity: i64) {
        let actor = Actor { subject: "olga".into(), is_operator: false };
        let organizer = CreateOrganizer { subject: "olga".into(), name: "Hall".into(), slug: "hall".into() };
        let organizer = self.run(organizer).await.unwrap().id;
        let event = CreateEvent {
            actor: actor.clone(),
            organizer,
            venue: None,
            name: "Night".into(),
            description: String::new(),
            starts_at: "2031-01-01T19:00:00Z".parse().unwrap(),
            time_zone: "Europe/Berlin".into(),
            currency: eur(),
            capacity,
            ticket_types: vec![NewTicketType { name: "Floor".into(), price_minor: 2550 }],
        };
        let event = self.run(event).await.unwrap().id;
        let ticket_type = NewTicketType { name: "Balcony".into(), price_minor: 1000 };
        self.run(CreateTicketType { actor, event, ticket_type, quota: QuotaSource::First }).await.unwrap();
    }

    /// Creates the hold `number` with `seats` seats of ticket type 1.
    pub async fn hold(&self, number: u128, seats: u32) -> Result<Hold, Refusal> {
        self.hold_lines(number, vec![of_type(TicketTypeId::from(1), quantity(seats))]).await
    }

    pub async fn hold_lines(&self, number: u128, lines: Vec<SeatRequest>) -> Result<Hold, Refusal> {
        let (id, source) = (booking(number), HoldSource::Lines(lines));
        let taken = self.run(CreateHold { id, owner: "ann".into(), source, lifetime: Duration::from_secs(60) }).await;
        taken.map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal,
            other => panic!("{other}"),
        })
    }

    /// The held and the sold seats of the quota.
    pub async fn taken(&self) -> (i64, i64) {
        let quota: Quota = self.row(QuotaId::from(1)).await.unwrap();
        (quota.held, quota.sold)
    }

    /// The hold with this number.
    pub async fn stored_hold(&self, number: u128) -> Hold {
        self.row(booking(number)).await.unwrap()
    }

    /// The body of the last published message.
    pub async fn last_published(&self) -> Value {
        serde_json::from_str(&self.published().await.last().unwrap().body).unwrap()
    }

    /// Sends a request of `caller` with a JSON body and further headers.
    pub async fn call_with(
        &self,
        (subject, scopes): Caller<'_>,
        route: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> TestResponse {
        let body = body.map_or_else(String::new, |body| body.to_string());
        self.send_with(route, &self.token(subject, scopes), headers, &body).await
    }

    pub async fn call(&self, caller: Caller<'_>, route: &str, body: Option<Value>) -> TestResponse {
        self.call_with(caller, route, body, &[]).await
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.call(ANN, &format!("GET /api/v1/{path}"), None).await
    }

    pub async fn post(&self, caller: Caller<'_>, path: &str, body: Value) -> TestResponse {
        self.call(caller, &format!("POST /api/v1/{path}"), Some(body)).await
    }

    /// Replaces a resource as Olga, with the header `If-Match` if there is one.
    pub async fn put(&self, path: &str, body: Value, if_match: Option<&str>) -> TestResponse {
        let headers: Vec<_> = if_match.map(|etag| ("if-match", etag)).into_iter().collect();
        self.call_with(OLGA, &format!("PUT /api/v1/{path}"), Some(body), &headers).await
    }

    pub async fn delete(&self, caller: Caller<'_>, path: &str, if_match: Option<&str>) -> TestResponse {
        let headers: Vec<_> = if_match.map(|etag| ("if-match", etag)).into_iter().collect();
        self.call_with(caller, &format!("DELETE /api/v1/{path}"), None, &headers).await
    }
}

pub fn event(id: i64) -> EventId {
    EventId::from(id)
}
