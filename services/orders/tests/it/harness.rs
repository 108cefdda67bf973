//! Orders on a real database, and the messages of other services.

use std::ops::Deref;

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::{
    BookingId, Currency, EventId, Item, Line, Lines, OrganizerId, PaymentToken, Quantity, Reason, TicketTypeId, UserId,
    events::{
        BookingCancelled, BookingCreated, InventoryReleased, InventoryReserved, InventorySold, PaymentProcessed,
        PaymentRefunded, Refund,
    },
};
use boxoffice_database::to_value;
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_orders::store::{HistoryRow, Order};
use boxoffice_testkit::{FakeService, TestService};
use uuid::Uuid;

/// A running instance of orders. Its clock is manual.
pub struct TestOrders(TestService);

impl Deref for TestOrders {
    type Target = TestService;

    fn deref(&self) -> &TestService {
        &self.0
    }
}

impl TestOrders {
    /// Starts orders without the services that it calls.
    pub fn new() -> Self {
        Self::with_fakes(&[])
    }

    pub fn with_fakes(fakes: &[&FakeService]) -> Self {
        let builder = TestService::builder(boxoffice_orders::service()).without_tasks();
        Self(fakes.iter().fold(builder, |builder, fake| builder.fake(fake)).start())
    }

    /// The messages about a new order.
    pub fn saga(&self) -> Saga {
        self.saga_of(self.entropy.uuid(self.clock.now()).into())
    }

    /// The messages about an existing order.
    pub fn saga_of(&self, id: BookingId) -> Saga {
        Saga { id, user: USER, entropy: self.entropy.clone(), now: self.clock.now() }
    }

    /// Delivers a message twice; `false` when it was refused and has to be redelivered.
    pub async fn deliver_twice(&self, message: &Message) -> bool {
        let accepted = self.deliver_message(message).await.is_ok();
        assert_eq!(self.deliver_message(message).await.is_ok(), accepted, "{}", message.kind);
        accepted
    }

    /// Delivers all messages in their order, each twice; a refused message is redelivered until it is accepted.
    /// Then all of them are delivered once more, late.
    pub async fn deliver_all(&self, messages: &[&Message]) {
        let mut waiting = messages.to_vec();
        for _ in 0..=messages.len() {
            let mut early = Vec::new();
            for message in std::mem::take(&mut waiting) {
                if !self.deliver_twice(message).await {
                    early.push(message);
                }
            }
            waiting = early;
        }
        assert!(waiting.is_empty(), "{:?} are never accepted", waiting.iter().map(|m| &m.kind).collect::<Vec<_>>());
        for message in messages {
            assert!(self.deliver_twice(message).await);
        }
    }

    pub async fn order(&self, id: BookingId) -> Order {
        self.row(id).await.unwrap()
    }

    pub async fn history(&self, id: BookingId) -> Vec<HistoryRow> {
        let tail = "WHERE order_id = ? ORDER BY number";
        self.writer.database().select(tail, vec![to_value(&id)]).await.unwrap()
    }

    /// The messages that were published about the order, oldest first.
    pub async fn published_about(&self, id: BookingId) -> Vec<Message> {
        self.published().await.into_iter().filter(|message| message.key == id.get()).collect()
    }

    /// The kinds of the messages that were published about the order, without `Event`.
    pub async fn kinds_about(&self, id: BookingId) -> Vec<String> {
        let messages = self.published_about(id).await;
        messages.into_iter().map(|message| message.kind.trim_end_matches("Event").to_owned()).collect()
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
    now: Timestamp,
}

impl Saga {
    fn message<E: Event>(&self, event: &E) -> Message {
        let origin = Origin { actor: "ann".into(), correlation_id: "correlation".into(), ..Origin::default() };
        Message::of(event, self.entropy.uuid(self.now), self.now, origin)
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
