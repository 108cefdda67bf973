//! A writer of inventory on a database of its own, with one event.

use std::time::Duration;

use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_contracts::{BookingId, Currency, EventId, Quantity, QuotaId, TicketTypeId};
use boxoffice_database::Database;
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_inventory::{
    Refusal,
    commands::{Actor, CreateEvent, CreateOrganizer, CreateTicketType, NewTicketType, Places, TakeHold, What},
    domain::Wanted,
    store::{Hold, Quota},
};
use boxoffice_outbox::{Backoff, MIGRATIONS, OutboxMessage};
use boxoffice_writer::{Command, Failure, Limits, Writer, WriterParts};
use uuid::Uuid;

/// Organizer 1 with event 1: ticket type 1 at 25.50 EUR and type 2 at 10 EUR, from one quota.
pub struct House {
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

pub fn quantity(number: u32) -> Quantity {
    Quantity::new(number).unwrap()
}

impl House {
    pub async fn with_capacity(capacity: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Database::url_in(folder.path(), "inventory");
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
        let house = Self { writer, hand, _folder: folder };
        house.furnish(capacity).await;
        house
    }

    async fn furnish(&self, capacity: i64) {
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
        let kind = NewTicketType { name: "Balcony".into(), price_minor: 1000 };
        self.run(CreateTicketType { actor, event, kind, places: Places::First }).await.unwrap();
    }

    pub async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Failure<C::Refusal>> {
        self.writer.run(Origin::of_task("test"), command).await
    }

    /// Takes `places` of type 1 under the id `number`.
    pub async fn hold(&self, number: u128, places: u32) -> Result<Hold, Refusal> {
        self.hold_lines(number, vec![Wanted::Type(TicketTypeId::from(1), quantity(places))]).await
    }

    pub async fn hold_lines(&self, number: u128, lines: Vec<Wanted>) -> Result<Hold, Refusal> {
        let (id, what) = (booking(number), What::Lines(lines));
        let taken = self.run(TakeHold { id, owner: "ann".into(), what, life: Duration::from_secs(60) }).await;
        taken.map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal,
            other => panic!("{other}"),
        })
    }

    /// Delivers `event`, as often as it is called.
    pub async fn hear<E: Event>(&self, event: &E) -> Result<(), String> {
        let message = Message::of(event, Uuid::from_u128(7), Timestamp::from_micros(0), Origin::default());
        self.writer.handle(&message).await
    }

    /// (held, sold) of the event's quota.
    pub async fn taken(&self) -> (i64, i64) {
        let quota = self.writer.database().get::<Quota>(QuotaId::from(1)).await.unwrap().unwrap();
        (quota.held, quota.sold)
    }

    pub async fn row(&self, number: u128) -> Hold {
        self.writer.database().get::<Hold>(booking(number)).await.unwrap().unwrap()
    }

    /// The kinds of all messages said, in order, without `Event`.
    pub async fn said(&self) -> Vec<String> {
        let said = self.writer.database().select::<OutboxMessage>("ORDER BY position", vec![]).await.unwrap();
        said.into_iter().map(|row| row.kind.trim_end_matches("Event").to_owned()).collect()
    }

    /// The body of the last message said.
    pub async fn last(&self) -> serde_json::Value {
        let said =
            self.writer.database().select::<OutboxMessage>("ORDER BY position DESC LIMIT 1", vec![]).await.unwrap();
        serde_json::from_str(&said[0].body).unwrap()
    }
}

pub fn event(id: i64) -> EventId {
    EventId::from(id)
}
