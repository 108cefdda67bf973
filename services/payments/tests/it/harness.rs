//! Payments with its simulated provider, and orders with their messages.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Money, OrganizerId, PaymentToken, Reason, UserId,
    events::{
        InventoryReserved, OrderCancelled, OrderFailed, PaymentPending, PaymentProcessed, PaymentRefunded, Refund,
    },
};
use boxoffice_database::{Row, to_value};
use boxoffice_envelope::{Event, Message, Origin};
use boxoffice_http::{Problem, codes, extract::Path};
use boxoffice_outbox::OutboxMessage;
use boxoffice_payments::{
    PaymentsSettings,
    domain::{EntryKind, PaymentStatus},
    providers::{
        self, MovementKind, ProviderParts,
        simulated::store::{ChargeRow, MovementRow},
    },
    service,
    store::{Entry, Payment},
    tasks::call_provider,
};
use boxoffice_runtime::{Assembled, Parts, Task};
use boxoffice_testkit::{FakeService, TestService, TestServiceBuilder};
use boxoffice_writer::{CrashProbe, Writer};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub const USER: i64 = 7;
pub const ORGANIZER: i64 = 3;
/// Total of the orders, in cents.
pub const PRICE: i64 = 6100;

/// The folder and the clock in which a test starts payments, once or several times.
pub struct Environment {
    builder: TestServiceBuilder,
    /// Knows the subjects of ada, the user of all orders, and of bob.
    pub users: FakeService,
}

/// Options of one start of payments.
#[derive(Default)]
pub struct Options {
    pub settings: PaymentsSettings,
    /// Injects crashes around the commits of payments.
    pub probe: Option<CrashProbe>,
    /// Injects crashes around the commits of the provider. Such a start has no HTTP API.
    pub provider_probe: Option<CrashProbe>,
}

impl Environment {
    pub fn new() -> Self {
        let users = fake_users();
        Self { builder: TestService::builder(service()).fake(&users), users }
    }

    pub fn start(&self) -> TestPayments {
        self.start_with(Options::default())
    }

    pub fn start_with(&self, Options { settings, probe, provider_probe }: Options) -> TestPayments {
        let mut builder = with_settings(self.builder.clone(), &settings);
        if let Some(probe) = probe {
            builder = builder.probe(probe);
        }
        if let Some(probe) = provider_probe {
            builder = builder.assemble_with(move |parts| assemble_with_probe(parts, probe.clone()));
        }
        TestPayments(builder.start())
    }

    /// Starts payments with environment variables without the prefix `BOXOFFICE_PAYMENTS_`.
    ///
    /// # Errors
    /// Those of the start.
    pub fn try_start(&self, variables: &[(&str, &str)]) -> anyhow::Result<TestPayments> {
        self.builder.clone().section("payments", variables).try_start().map(TestPayments)
    }

    /// Starts payments without the task that calls the provider.
    pub fn start_without_calls(&self) -> TestPayments {
        TestPayments(self.builder.clone().without_tasks().start())
    }

    /// A new order that is paid, after payments has stopped.
    pub async fn paid_order(&self) -> Order {
        let order = self.order("tok_ok");
        let payments = self.start();
        payments.deliver_twice(&order.reserved()).await;
        payments.settle(Duration::ZERO).await;
        payments.close().await;
        order
    }

    /// A new order to be paid with `token`.
    pub fn order(&self, token: &str) -> Order {
        Order { id: self.builder.new_id().into(), token: token.into(), price: PRICE }
    }
}

/// Sets every setting of payments.
fn with_settings(builder: TestServiceBuilder, settings: &PaymentsSettings) -> TestServiceBuilder {
    let settings = serde_json::to_value(settings).unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let settings = settings.as_object().unwrap().iter();
    settings.fold(builder, |builder, (name, value)| {
        builder.section("payments", &[(&name.to_ascii_uppercase(), &text(value))])
    })
}

/// Assembles payments without its HTTP API, with a crash probe in the provider.
fn assemble_with_probe(parts: Parts, probe: CrashProbe) -> anyhow::Result<Assembled> {
    let settings: PaymentsSettings = parts.settings.section()?;
    let Parts { writer, clock, entropy, folder, .. } = parts;
    let simulated_delay = settings.simulated_delay;
    let provider_parts = ProviderParts { folder, clock, entropy, simulated_delay, probe: Some(probe) };
    let provider = providers::open(&settings.provider, settings.fault, provider_parts)?;
    let additional_writers = provider.writers();
    let calls = call_provider(writer, provider, &settings);
    let tasks = vec![Task::new("call the payment provider", calls)];
    Ok(Assembled { api: OpenApiRouter::default(), tasks, additional_writers })
}

fn fake_users() -> FakeService {
    let by_subject = async |Path(subject): Path<String>| match subject.as_str() {
        "auth0|ada" => Ok(axum::Json(json!({"id": USER}))),
        "bob" => Ok(axum::Json(json!({"id": USER + 1}))),
        _ => Err(Problem::new(&codes::NOT_FOUND, "no user has this subject")),
    };
    let routes = axum::Router::new().route("/internal/users/by-subject/{subject}", axum::routing::get(by_subject));
    FakeService::with_router("users", routes)
}

/// Running payments and its provider.
pub struct TestPayments(TestService);

impl Deref for TestPayments {
    type Target = TestService;

    fn deref(&self) -> &TestService {
        &self.0
    }
}

impl DerefMut for TestPayments {
    fn deref_mut(&mut self) -> &mut TestService {
        &mut self.0
    }
}

impl TestPayments {
    /// The writer of the provider's books.
    pub fn books(&self) -> &Writer {
        &self.additional_writers[0]
    }

    /// Delivers a message twice.
    pub async fn deliver_twice(&self, message: &Message) {
        for _ in 0..2 {
            self.deliver_message(message).await.unwrap();
        }
    }

    pub async fn payment(&self, order: &Order) -> Option<Payment> {
        self.row(order.id).await
    }

    pub async fn status(&self, order: &Order) -> Option<PaymentStatus> {
        self.payment(order).await.map(|payment| payment.status)
    }

    pub async fn refund(&self, order: &Order) -> Option<Refund> {
        self.payment(order).await.map(|payment| payment.refund)
    }

    /// The entries of the order's payment, oldest first.
    pub async fn entries(&self, order: &Order) -> Vec<EntryKind> {
        let tail = "WHERE order_id = ? ORDER BY number";
        let rows: Vec<Entry> = self.writer.database().select(tail, vec![to_value(&order.id)]).await.unwrap();
        rows.into_iter().map(|row| row.kind).collect()
    }

    /// The order's charge in the provider's books.
    pub async fn charge(&self, order: &Order) -> Option<ChargeRow> {
        self.books().database().get(order.id).await.unwrap()
    }

    /// The published messages about the order, oldest first.
    pub async fn messages(&self, order: &Order) -> Vec<Message> {
        self.published().await.into_iter().filter(|message| message.key == order.id.get()).collect()
    }

    /// The published outcomes of the order in short: `paid`, `pending`, `refund pending`, or the reason of a failure.
    pub async fn outcomes(&self, order: &Order) -> Vec<String> {
        let short = |message: Message| match &*message.kind {
            PaymentPending::KIND => "pending".to_owned(),
            PaymentProcessed::KIND => {
                let outcome: PaymentProcessed = message.read().unwrap();
                assert_eq!(outcome.success, outcome.reason.is_none());
                outcome.reason.map_or("paid", Reason::as_str).to_owned()
            }
            PaymentRefunded::KIND => format!("refund {}", message.read::<PaymentRefunded>().unwrap().refund),
            other => panic!("payments published {other}"),
        };
        self.messages(order).await.into_iter().map(short).collect()
    }

    /// Advances the clock by `step` until no call to the provider is due.
    pub async fn settle(&self, step: Duration) {
        self.advance_until("no call is due", step, async || self.is_settled().await).await;
    }

    /// Whether no call to the provider is due, now or later.
    pub async fn is_settled(&self) -> bool {
        let open = "WHERE next_call_at IS NOT NULL LIMIT 1";
        self.writer.database().select::<Payment>(open, Vec::new()).await.unwrap().is_empty()
    }

    /// Advances the clock by `step` until the payment of `order` has this status; returns by how much.
    pub async fn advance_until_status(&self, order: &Order, status: PaymentStatus, step: Duration) -> Duration {
        let description = format!("the payment is {status:?}");
        self.advance_until(&description, step, async || self.status(order).await == Some(status)).await
    }

    /// Advances the clock by `step` until the refund of `order` has this status.
    pub async fn advance_until_refund(&self, order: &Order, refund: Refund, step: Duration) {
        let description = format!("the refund is {refund}");
        self.advance_until(&description, step, async || self.refund(order).await == Some(refund)).await;
    }

    /// Stops payments without a check of the books.
    pub async fn abandon(mut self) {
        self.0.stop().await;
    }

    /// Checks the books and stops payments.
    pub async fn close(self) {
        check_books(&self).await;
        self.abandon().await;
    }
}

/// Checks that every movement of money at the provider has one entry and the reverse, that no charge or refund happened
/// twice, that payments of ended orders are refunded, and that every outcome was published once.
async fn check_books(payments: &TestPayments) {
    let entries: Vec<Entry> = payments.rows().await;
    let mut recorded: Vec<_> = entries
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
    let log: Vec<MovementRow> = payments.movements().await;
    let mut moved: Vec<_> =
        log.iter().map(|row| (row.idempotency_key, row.kind, row.amount_minor, row.currency)).collect();
    recorded.sort_unstable();
    moved.sort_unstable();
    assert_eq!(recorded, moved, "the entries and the provider's books");
    assert!(moved.windows(2).all(|pair| (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1)), "{moved:?}");
    let published: Vec<OutboxMessage> = payments.rows().await;
    for payment in payments.rows::<Payment>().await {
        let processed = published.iter().filter(|row| row.kind == PaymentProcessed::KIND);
        let processed = processed.filter(|row| row.message_key == payment.id.get()).count();
        let expected = usize::from(!payment.status.is_open() && payment.status != PaymentStatus::NotRequested);
        assert_eq!(processed, expected, "{payment:?}");
        if payment.status == PaymentStatus::Captured && payment.order_ended.is_some() {
            assert_ne!(payment.refund, Refund::None, "{payment:?}");
        }
        assert_eq!(payment.payment_token.is_some(), payment.status.is_open(), "{payment:?}");
    }
}

impl TestPayments {
    /// All movements of money in the provider's books.
    pub async fn movements(&self) -> Vec<MovementRow> {
        all(self.books()).await
    }
}

/// All rows of a table, ordered by key.
pub async fn all<R: Row>(writer: &Writer) -> Vec<R> {
    boxoffice_testkit::writer::rows(writer).await
}

/// An order, and the messages about it.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: BookingId,
    pub token: String,
    /// Total of the order, in cents.
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
            message: "test".into(),
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

    /// A message with an event about this order. Equal events are the same message.
    pub fn message<E: Event>(&self, event: &E) -> Message {
        let id = Uuid::from_u128(self.id.get().as_u128() ^ E::KIND.len() as u128);
        let origin = Origin { correlation_id: E::KIND.into(), actor: "ada".into(), ..Origin::default() };
        Message::of(event, id, Timestamp::from_micros(1_900_000_000_000_000), origin)
    }
}
