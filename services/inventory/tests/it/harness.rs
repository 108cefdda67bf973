//! The test harness: a writer of inventory on its own database, with one event.

use std::time::Duration;

use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_contracts::{BookingId, Currency, EventId, Quantity, QuotaId, Selection, TicketTypeId};
use boxoffice_database::Database;
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_inventory::{
    Refusal,
    commands::{
        Actor, CreateEvent, CreateHold, CreateOrganizer, CreateTicketType, HoldSource, NewTicketType, QuotaSource,
    },
    domain::SeatRequest,
    store::{Hold, Quota},
};
use boxoffice_outbox::{Backoff, MIGRATIONS, OutboxMessage};
use boxoffice_writer::{Command, Failure, Limits, Writer, WriterParts};
use uuid::Uuid;

/// Inventory with organizer 1 and event 1: ticket type 1 at 25.50 EUR and type 2 at 10 EUR share one quota.
pub struct TestInventory {
    pub writer: Writer,
    pub hand: ManualClock,
    _folder: tempfile::TempDir,
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
    pub async fn with_capacity(capacity: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("inventory.sqlite").display());
        let service = boxoffice_inventory::service();
        let database = Database::open(&url, &[MIGRATIONS, (service.name, service.migrations)]).unwrap();
        let (clock, hand) = Clock::manual("2030-01-01T00:00:00Z".parse().unwrap());
        let writer = Writer::start(WriterParts {
            service: service.name,
            database,
            reactions: (service.reactions)(),
            clock,
            entropy: Entropy::seeded(1),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe: None,
        })
        .unwrap();
        let inventory = Self { writer, hand, _folder: folder };
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

    pub async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
        self.writer.run(Origin::of_task("test"), command).await
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

    /// Delivers `event` once.
    pub async fn deliver<E: Event>(&self, event: &E) -> Result<(), String> {
        let message = Message::of(event, Uuid::from_u128(7), Timestamp::from_micros(0), Origin::default());
        self.writer.handle(&message).await
    }

    /// The held and the sold seats of the quota.
    pub async fn taken(&self) -> (i64, i64) {
        let quota = self.writer.database().get::<Quota>(QuotaId::from(1)).await.unwrap().unwrap();
        (quota.held, quota.sold)
    }

    pub async fn row(&self, number: u128) -> Hold {
        self.writer.database().get::<Hold>(booking(number)).await.unwrap().unwrap()
    }

    /// The kinds of all published messages in order, without the suffix `Event`.
    pub async fn published(&self) -> Vec<String> {
        let published = self.writer.database().select::<OutboxMessage>("ORDER BY position", vec![]).await.unwrap();
        published.into_iter().map(|row| row.kind.trim_end_matches("Event").to_owned()).collect()
    }

    /// The body of the last published message.
    pub async fn last_published(&self) -> serde_json::Value {
        let published =
            self.writer.database().select::<OutboxMessage>("ORDER BY position DESC LIMIT 1", vec![]).await.unwrap();
        serde_json::from_str(&published[0].body).unwrap()
    }
}

pub fn event(id: i64) -> EventId {
    EventId::from(id)
}
