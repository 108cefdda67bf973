//! What the tests run against: payments and the simulated provider as the program runs them, on files that outlive them.

use std::{sync::Arc, time::Duration};

use boxoffice_clock::{Clock, Entropy, ManualClock, Stopwatch, Timestamp};
use boxoffice_contracts::{
    BookingId, Currency, Money, OrganizerId, PaymentToken, Reason, UserId,
    events::{
        InventoryReserved, OrderCancelled, OrderFailed, PaymentPending, PaymentProcessed, PaymentRefunded, Refund,
    },
};
use boxoffice_database::{Database, Row, to_value};
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_outbox::{Backoff, OutboxMessage};
use boxoffice_payments::{
    MIGRATIONS, PaymentsSettings,
    domain::{EntryKind, PaymentStatus},
    providers::{
        self, MovementKind, Provider, ProviderParts,
        simulated::store::{ChargeRow, MovementRow},
    },
    reactions,
    store::{Entry, Payment},
    tasks::call_provider,
};
use boxoffice_writer::{CrashProbe, Limits, Writer, WriterParts};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub const USER: i64 = 7;
pub const ORGANIZER: i64 = 3;
/// What orders come to, in cents.
pub const PRICE: i64 = 6100;

/// The folder and the time in which payments is opened and closed.
pub struct Place {
    pub folder: TempDir,
    pub clock: Clock,
    pub hand: ManualClock,
    pub entropy: Entropy,
}

/// What is special about the way in which payments is opened.
#[derive(Default)]
pub struct Special {
    pub settings: PaymentsSettings,
    /// Asked around every commit of payments.
    pub probe: Option<CrashProbe>,
    /// Asked around every commit of the provider.
    pub provider_probe: Option<CrashProbe>,
}

impl Place {
    pub fn new() -> Self {
        let (clock, hand) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        Self { folder: tempfile::tempdir().unwrap(), clock, hand, entropy: Entropy::seeded(7) }
    }

    pub fn open(&self) -> Shop {
        self.open_with(Special::default())
    }

    pub fn open_with(&self, Special { settings, probe, provider_probe }: Special) -> Shop {
        let parts = ProviderParts {
            folder: self.folder.path().to_owned(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            simulated_delay: settings.simulated_delay,
            probe: provider_probe,
        };
        let provider = providers::open(&settings.provider, settings.fault, parts).unwrap();
        let writer = self.writer(probe);
        let task = tokio::spawn(call_provider(writer.clone(), provider.clone(), &settings));
        Shop { writer, books: provider.writers().remove(0), provider, hand: self.hand.clone(), task }
    }

    /// The writer of payments with nothing around it.
    pub fn writer(&self, probe: Option<CrashProbe>) -> Writer {
        let url = Database::url_in(self.folder.path(), "payments");
        Writer::start(WriterParts {
            service: "payments",
            database: Database::open(&url, &[boxoffice_outbox::MIGRATIONS, ("payments", MIGRATIONS)]).unwrap(),
            reactions: reactions(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            limits: Limits::default(),
            backoff: Backoff::default(),
            probe,
        })
        .unwrap()
    }

    /// An order that is about to be heard of, to be paid with `token`.
    pub fn order(&self, token: &str) -> Order {
        Order { id: self.entropy.uuid(self.clock.now()).into(), token: token.into(), price: PRICE }
    }
}

/// Payments and its provider, running.
pub struct Shop {
    pub writer: Writer,
    pub provider: Arc<dyn Provider>,
    /// The writer of the provider's books.
    pub books: Writer,
    pub hand: ManualClock,
    task: JoinHandle<()>,
}

impl Shop {
    /// Delivers a message twice.
    pub async fn hears(&self, message: &Message) {
        for _ in 0..2 {
            self.writer.handle(message).await.unwrap();
        }
    }

    pub async fn payment(&self, order: &Order) -> Option<Payment> {
        self.writer.database().get(order.id).await.unwrap()
    }

    pub async fn status(&self, order: &Order) -> Option<PaymentStatus> {
        self.payment(order).await.map(|payment| payment.status)
    }

    pub async fn refund(&self, order: &Order) -> Option<Refund> {
        self.payment(order).await.map(|payment| payment.refund)
    }

    /// The history of the order's payment.
    pub async fn entries(&self, order: &Order) -> Vec<EntryKind> {
        let tail = "WHERE order_id = ? ORDER BY number";
        let rows: Vec<Entry> = self.writer.database().select(tail, vec![to_value(&order.id)]).await.unwrap();
        rows.into_iter().map(|row| row.kind).collect()
    }

    /// What the provider has in its books about the order.
    pub async fn charge(&self, order: &Order) -> Option<ChargeRow> {
        self.books.database().get(order.id).await.unwrap()
    }

    /// What was said about the order, in its order.
    pub async fn messages(&self, order: &Order) -> Vec<Message> {
        let tail = "WHERE message_key = ? ORDER BY position";
        let rows: Vec<OutboxMessage> = self.writer.database().select(tail, vec![to_value(&order.id)]).await.unwrap();
        rows.into_iter().map(|row| row.message("payments")).collect()
    }

    /// The same in short: `paid`, `pending`, `refund pending`, or the reason why nothing was paid.
    pub async fn said(&self, order: &Order) -> Vec<String> {
        let short = |message: Message| match &*message.kind {
            PaymentPending::KIND => "pending".to_owned(),
            PaymentProcessed::KIND => {
                let outcome: PaymentProcessed = message.read().unwrap();
                assert_eq!(outcome.success, outcome.reason.is_none());
                outcome.reason.map_or("paid", Reason::as_str).to_owned()
            }
            PaymentRefunded::KIND => format!("refund {}", message.read::<PaymentRefunded>().unwrap().refund),
            other => panic!("payments says {other}"),
        };
        self.messages(order).await.into_iter().map(short).collect()
    }

    /// Waits until `holds` and lets time stand still.
    pub async fn eventually(&self, what: &str, holds: impl AsyncFn() -> bool) {
        self.until(what, Duration::ZERO, holds).await;
    }

    /// Moves time on, `step` at a time, until `holds`; returns how much has passed.
    pub async fn until(&self, what: &str, step: Duration, holds: impl AsyncFn() -> bool) -> Duration {
        let (watch, start) = (Stopwatch::start(), self.hand.now());
        while !holds().await {
            assert!(watch.elapsed() < Duration::from_secs(30), "waited too long: {what}");
            self.hand.advance(step);
            Clock::system().sleep(Duration::from_millis(1)).await;
        }
        self.hand.now().since(start)
    }

    /// Moves time on, `step` at a time, until nothing is to be asked of the provider any more.
    pub async fn settle(&self, step: Duration) {
        self.until("nothing is due", step, async || {
            let open = "WHERE next_call_at IS NOT NULL LIMIT 1";
            self.writer.database().select::<Payment>(open, Vec::new()).await.unwrap().is_empty()
        })
        .await;
    }

    /// Ends without a word about what is in the books, as a shop that crashed does.
    pub async fn leave(self) {
        self.writer.stop();
        self.task.abort();
        let panicked = self.task.await.err().is_some_and(|error| error.is_panic());
        self.books.stop();
        assert!(!panicked, "the calls ended in a panic");
    }

    /// Ends, having checked what must hold whenever nothing is under way.
    pub async fn close(self) {
        check_books(&self.writer, &self.books).await;
        self.leave().await;
    }
}

/// Every movement of money at the provider is an entry here and the other way round; nothing is charged or given back
/// twice; whatever ended is paid back, and said once.
async fn check_books(writer: &Writer, books: &Writer) {
    let entries: Vec<Entry> = all(writer).await;
    let mut ours: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            let kind = match entry.kind {
                EntryKind::Captured => MovementKind::Charge,
                EntryKind::Refunded => MovementKind::Refund,
                _ => return None,
            };
            Some((entry.order_id, kind, entry.amount_minor, entry.currency))
        })
        .collect();
    let log: Vec<MovementRow> = all(books).await;
    let mut theirs: Vec<_> =
        log.iter().map(|row| (row.idempotency_key, row.kind, row.amount_minor, row.currency)).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs, "the provider's books and ours");
    assert!(theirs.windows(2).all(|pair| (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1)), "{theirs:?}");
    let said: Vec<OutboxMessage> = all(writer).await;
    for payment in all::<Payment>(writer).await {
        let processed = said.iter().filter(|row| row.kind == PaymentProcessed::KIND);
        let processed = processed.filter(|row| row.message_key == payment.id.get()).count();
        let expected = usize::from(!payment.status.is_open() && payment.status != PaymentStatus::NotRequested);
        assert_eq!(processed, expected, "{payment:?}");
        if payment.status == PaymentStatus::Captured && payment.order_ended.is_some() {
            assert_ne!(payment.refund, Refund::None, "{payment:?}");
        }
        assert_eq!(payment.payment_token.is_some(), payment.status.is_open(), "{payment:?}");
    }
}

/// All rows of a table.
pub async fn all<R: Row>(writer: &Writer) -> Vec<R> {
    let order = R::TABLE.columns[..R::TABLE.key_columns].join(", ");
    writer.database().select(&format!("ORDER BY {order}"), Vec::new()).await.unwrap()
}

/// An order, and the messages about it.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: BookingId,
    pub token: String,
    /// In cents.
    pub price: i64,
}

impl Order {
    pub fn reserved(&self) -> Message {
        self.message(&self.reservation(true))
    }

    pub fn reservation(&self, success: bool) -> InventoryReserved {
        InventoryReserved {
            order_id: self.id,
            product_id: None,
            quantity: None,
            lines: Vec::new(),
            success,
            message: "as it is".into(),
            reason: (!success).then_some(Reason::SoldOut),
            amount: Money::new(self.price, Currency::EUR).decimal(),
            currency: Currency::EUR,
            customer_id: UserId::from(USER),
            organizer_id: OrganizerId::from(ORGANIZER),
            payment_token: PaymentToken::from(self.token.clone()),
        }
    }

    pub fn failed(&self, reason: Reason) -> Message {
        self.message(&OrderFailed {
            order_id: self.id,
            customer_id: UserId::from(USER),
            items: Vec::new(),
            reason,
            total_amount: Money::new(self.price, Currency::EUR).decimal(),
            currency: Currency::EUR,
            organizer_id: OrganizerId::from(ORGANIZER),
        })
    }

    pub fn cancelled(&self) -> Message {
        self.message(&OrderCancelled {
            order_id: self.id,
            customer_id: UserId::from(USER),
            items: Vec::new(),
            total_amount: Money::new(self.price, Currency::EUR).decimal(),
            currency: Currency::EUR,
            organizer_id: OrganizerId::from(ORGANIZER),
        })
    }

    /// Writes an event about this order down; the same event is the same message.
    pub fn message<E: Event>(&self, event: &E) -> Message {
        let id = Uuid::from_u128(self.id.get().as_u128() ^ E::KIND.len() as u128);
        let origin =
            Origin { correlation_id: format!("{}'s errand", E::KIND), actor: "ada".into(), ..Origin::default() };
        Message::of(event, id, Timestamp::from_micros(1_900_000_000_000_000), origin)
    }
}
