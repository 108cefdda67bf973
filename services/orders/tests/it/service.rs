//! The service that the tests run against, and the messages of other services.

use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::{
    BookingId, Currency, EventId, Item, Line, Lines, OrganizerId, PaymentToken, Quantity, Reason, TicketTypeId, UserId,
    events::{
        BookingCancelled, BookingCreated, InventoryReleased, InventoryReserved, InventorySold, PaymentProcessed,
        PaymentRefunded, Refund,
    },
};
use boxoffice_database::{Database, to_value};
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_orders::store::{HistoryRow, Order};
use boxoffice_outbox::{Backoff, OutboxMessage};
use boxoffice_writer::{Limits, Writer, WriterParts};
use tempfile::TempDir;
use uuid::Uuid;

/// An orders service with its writer and handlers, without its HTTP API.
pub struct TestOrders {
    pub writer: Writer,
    pub entropy: Entropy,
    pub folder: TempDir,
}

impl TestOrders {
    pub fn new() -> Self {
        Self::with(Clock::system())
    }

    /// A service with this clock.
    pub fn with(clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = boxoffice_orders::service();
        let url = Database::url_in(folder.path(), "orders");
        let owners = [boxoffice_outbox::MIGRATIONS, (service.name, service.migrations)];
        let entropy = Entropy::seeded(7);
        let writer = Writer::start(WriterParts {
            service: service.name,
            database: Database::open(&url, &owners).unwrap(),
            reactions: (service.reactions)(),
            clock,
            entropy: entropy.clone(),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe: None,
        })
        .unwrap();
        Self { writer, entropy, folder }
    }

    /// The events of a new order.
    pub fn saga(&self) -> Saga {
        self.saga_of(self.entropy.uuid(Clock::system().now()).into())
    }

    /// The events of an existing order.
    pub fn saga_of(&self, id: BookingId) -> Saga {
        Saga { id, user: USER, entropy: self.entropy.clone() }
    }

    /// Delivers a message twice; `false` when it was refused and has to be redelivered.
    pub async fn deliver(&self, message: &Message) -> bool {
        let accepted = self.writer.handle(message).await.is_ok();
        assert_eq!(self.writer.handle(message).await.is_ok(), accepted, "{}", message.kind);
        accepted
    }

    /// Delivers all messages in their order, each twice; a refused message is redelivered until it is accepted.
    /// Then all of them are delivered once more, late.
    pub async fn deliver_all(&self, messages: &[&Message]) {
        let mut waiting = messages.to_vec();
        for _ in 0..=messages.len() {
            let mut early = Vec::new();
            for message in std::mem::take(&mut waiting) {
                if !self.deliver(message).await {
                    early.push(message);
                }
            }
            waiting = early;
        }
        assert!(waiting.is_empty(), "{:?} are never accepted", waiting.iter().map(|m| &m.kind).collect::<Vec<_>>());
        for message in messages {
            assert!(self.deliver(message).await);
        }
    }

    pub async fn order(&self, id: BookingId) -> Order {
        self.writer.database().get(id).await.unwrap().unwrap()
    }

    pub async fn history(&self, id: BookingId) -> Vec<HistoryRow> {
        let tail = "WHERE order_id = ? ORDER BY number";
        self.writer.database().select(tail, vec![to_value(&id)]).await.unwrap()
    }

    /// The messages that were published about the order, oldest first.
    pub async fn published(&self, id: BookingId) -> Vec<Message> {
        let tail = "WHERE message_key = ? ORDER BY position";
        let rows: Vec<OutboxMessage> = self.writer.database().select(tail, vec![to_value(&id)]).await.unwrap();
        rows.into_iter().map(|row| row.message("orders")).collect()
    }

    /// The kinds of the messages that were published about the order, without `Event`.
    pub async fn published_kinds(&self, id: BookingId) -> Vec<String> {
        self.published(id).await.into_iter().map(|message| message.kind.trim_end_matches("Event").to_owned()).collect()
    }
}

pub const USER: i64 = 7;
pub const ORGANIZER: i64 = 3;

/// Two tickets of one type and one of another: 61.00 EUR.
pub fn lines() -> Lines {
    let line = |kind, name: &str, quantity, unit_price_minor| Line {
        event_id: EventId::from(1),
        ticket_type_id: TicketTypeId::from(kind),
        name: name.into(),
        quantity: Quantity::new(quantity).unwrap(),
        unit_price_minor,
    };
    vec![line(2, "General", 2, 2550), line(4, "Balcony", 1, 1000)].into()
}

/// Creates the messages about one order.
pub struct Saga {
    pub id: BookingId,
    pub user: i64,
    entropy: Entropy,
}

impl Saga {
    fn message<E: Event>(&self, event: &E) -> Message {
        let now = Clock::system().now();
        let origin = Origin { actor: "ann".into(), correlation_id: "correlation".into(), ..Origin::default() };
        Message::of(event, self.entropy.uuid(now), now, origin)
    }

    fn items(&self) -> Vec<Item> {
        Item::from_lines(&lines(), Currency::EUR)
    }

    pub fn booked(&self) -> Message {
        self.message(&BookingCreated {
            booking_id: self.id,
            user_id: UserId::from(self.user),
            organizer_id: OrganizerId::from(ORGANIZER),
            ticket_count: 3,
            total_price: lines().total(Currency::EUR).unwrap().decimal(),
            currency: Currency::EUR,
            lines: self.items(),
            payment_token: token(),
        })
    }

    pub fn ended(&self, reason: Reason) -> Message {
        let (user_id, organizer_id) = (UserId::from(self.user), OrganizerId::from(ORGANIZER));
        self.message(&BookingCancelled { booking_id: self.id, user_id, organizer_id, reason })
    }

    pub fn cancelled(&self) -> Message {
        self.ended(Reason::Cancelled)
    }

    pub fn expired(&self) -> Message {
        self.ended(Reason::Expired)
    }

    fn reservation(&self, reason: Option<Reason>) -> Message {
        self.message(&InventoryReserved {
            order_id: self.id,
            product_id: None,
            quantity: None,
            lines: self.items(),
            success: reason.is_none(),
            message: String::new(),
            reason,
            amount: lines().total(Currency::EUR).unwrap().decimal(),
            currency: Currency::EUR,
            customer_id: UserId::from(self.user),
            organizer_id: OrganizerId::from(ORGANIZER),
            payment_token: token(),
        })
    }

    pub fn reserved(&self) -> Message {
        self.reservation(None)
    }

    pub fn refused(&self, reason: Reason) -> Message {
        self.reservation(Some(reason))
    }

    fn payment(&self, reason: Option<Reason>) -> Message {
        self.message(&PaymentProcessed {
            order_id: self.id,
            success: reason.is_none(),
            amount: lines().total(Currency::EUR).unwrap().decimal(),
            currency: Currency::EUR,
            transaction_id: None,
            reason,
            message: String::new(),
            organizer_id: OrganizerId::from(ORGANIZER),
        })
    }

    pub fn paid(&self) -> Message {
        self.payment(None)
    }

    pub fn declined(&self) -> Message {
        self.payment(Some(Reason::Declined))
    }

    pub fn sold(&self) -> Message {
        let organizer_id = OrganizerId::from(ORGANIZER);
        self.message(&InventorySold { order_id: self.id, lines: self.items(), currency: Currency::EUR, organizer_id })
    }

    pub fn released(&self, reason: Reason) -> Message {
        let organizer_id = OrganizerId::from(ORGANIZER);
        self.message(&InventoryReleased { order_id: self.id, reason, organizer_id })
    }

    pub fn refund(&self, refund: Refund) -> Message {
        self.message(&PaymentRefunded {
            order_id: self.id,
            amount: lines().total(Currency::EUR).unwrap().decimal(),
            currency: Currency::EUR,
            transaction_id: None,
            refund,
            organizer_id: OrganizerId::from(ORGANIZER),
        })
    }
}

fn token() -> PaymentToken {
    PaymentToken::from("tok_ok".to_owned())
}

/// All orders of `items`.
pub fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for index in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(index);
        for mut permutation in permutations(&rest) {
            permutation.insert(0, first.clone());
            all.push(permutation);
        }
    }
    all
}

/// The id of a message, as the history stores its cause.
pub fn cause(message: &Message) -> Option<Uuid> {
    Some(message.id)
}
