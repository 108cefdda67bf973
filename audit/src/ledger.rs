use std::collections::{BTreeMap, BTreeSet, HashMap};

use boxoffice_bookings::store::{Booking, Ticket};
use boxoffice_clock::Timestamp;
use boxoffice_database::{Query, Row, Snapshot, Value};
use boxoffice_inventory::store::{Hold, Quota, TicketType};
use boxoffice_notifications::store::{MAILBOX, MailboxEmail, Notification, RetentionMark};
use boxoffice_orders::{
    domain::OrderStatus,
    store::{HistoryRow, Order},
};
use boxoffice_outbox::{Cursor, DeferredMessage, DiscardedMessage, IdempotencyRecord, LogHead, OutboxMessage};
use boxoffice_payments::{
    providers::{Movement, PROVIDERS},
    store::{Entry, Payment},
};
use boxoffice_users::store::User;
use uuid::Uuid;

/// Snapshots of all databases of a system at one moment, by the name of the service. `provider` is the database of the
/// simulated payment provider.
pub struct Databases(BTreeMap<&'static str, Snapshot>);

impl Databases {
    /// Takes the snapshots, which must be of one moment.
    pub fn new(snapshots: Vec<(&'static str, Snapshot)>) -> Self {
        Self(snapshots.into_iter().collect())
    }

    /// The latest time in any of the databases; `None` for new ones. A stopped system handles no deadlines, so its data is
    /// audited as of this time.
    ///
    /// # Errors
    /// When a database cannot be read.
    pub fn latest(&self) -> anyhow::Result<Option<Timestamp>> {
        let mut latest = None;
        for snapshot in self.0.values() {
            let published = snapshot.select::<OutboxMessage>("ORDER BY position DESC LIMIT 1", Vec::new())?;
            latest = latest.max(published.first().map(|message| message.published_at));
        }
        // A hold that a client creates publishes no event.
        if let Some(inventory) = self.0.get("inventory") {
            let taken = inventory.select::<Hold>("ORDER BY taken_at DESC LIMIT 1", Vec::new())?;
            latest = latest.max(taken.first().map(|hold| hold.taken_at));
        }
        Ok(latest)
    }

    /// The movements of money that the payment providers report from their books.
    fn movements(&self) -> anyhow::Result<Vec<Movement>> {
        let mut movements = Vec::new();
        for kind in PROVIDERS {
            let Some(database) = kind.database() else { continue };
            if let Some(snapshot) = self.0.get(database.name) {
                movements.extend(kind.ledger(snapshot)?);
            }
        }
        Ok(movements)
    }

    fn rows<R: Row>(&self, service: &str) -> anyhow::Result<Vec<R>> {
        let snapshot = self.0.get(service);
        Ok(snapshot.map(|snapshot| snapshot.select("", Vec::new())).transpose()?.unwrap_or_default())
    }
}

/// All rows that rules check. A booking, its order, its hold and its payment share one id.
pub(crate) struct Ledger {
    pub(crate) now: Timestamp,
    pub(crate) users: BTreeSet<i64>,
    pub(crate) quotas: Vec<Quota>,
    pub(crate) types: HashMap<i64, TicketType>,
    pub(crate) holds: BTreeMap<Uuid, Hold>,
    pub(crate) bookings: BTreeMap<Uuid, Booking>,
    pub(crate) tickets: HashMap<Uuid, Vec<Ticket>>,
    pub(crate) orders: BTreeMap<Uuid, Order>,
    pub(crate) history: HashMap<Uuid, Vec<HistoryRow>>,
    pub(crate) payments: BTreeMap<Uuid, Payment>,
    pub(crate) entries: HashMap<Uuid, Vec<Entry>>,
    /// The movements of money in the books of the payment provider.
    pub(crate) movements: Vec<Movement>,
    pub(crate) notifications: HashMap<Uuid, Vec<Notification>>,
    pub(crate) mailbox: Vec<MailboxEmail>,
    /// Retention may have deleted e-mails sent before this time; `None` while it has deleted none.
    pub(crate) mailbox_since: Option<Timestamp>,
    pub(crate) logs: BTreeMap<&'static str, Log>,
}

/// Published messages of one service, and its progress in the logs of the others.
pub(crate) struct Log {
    pub(crate) head: Option<LogHead>,
    pub(crate) published: Vec<PublishedMessage>,
    pub(crate) cursors: Vec<Cursor>,
    pub(crate) deferred: Vec<DeferredMessage>,
    pub(crate) discarded: Vec<DiscardedMessage>,
    pub(crate) requests: Vec<IdempotencyRecord>,
}

/// A message without its body.
pub(crate) struct PublishedMessage {
    pub(crate) position: i64,
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) key: Uuid,
}

impl Ledger {
    pub(crate) fn read(databases: &Databases, now: Timestamp) -> anyhow::Result<Self> {
        let marks: Vec<RetentionMark> = databases.rows("notifications")?;
        let logs = databases.0.iter().map(|(service, snapshot)| Ok((*service, Log::read(snapshot)?)));
        Ok(Self {
            now,
            users: databases.rows::<User>("users")?.into_iter().map(|user| user.id.get()).collect(),
            quotas: databases.rows("inventory")?,
            types: databases.rows::<TicketType>("inventory")?.into_iter().map(|kind| (kind.id.get(), kind)).collect(),
            holds: by_id(databases.rows("inventory")?, |hold: &Hold| hold.id.get()),
            bookings: by_id(databases.rows("bookings")?, |booking: &Booking| booking.id.get()),
            tickets: grouped(databases.rows("bookings")?, |ticket: &Ticket| ticket.booking_id.get()),
            orders: by_id(databases.rows("orders")?, |order: &Order| order.id.get()),
            history: grouped(databases.rows("orders")?, |row: &HistoryRow| row.order_id.get()),
            payments: by_id(databases.rows("payments")?, |payment: &Payment| payment.id.get()),
            entries: grouped(databases.rows("payments")?, |entry: &Entry| entry.order_id.get()),
            movements: databases.movements()?,
            notifications: grouped(databases.rows("notifications")?, |notification: &Notification| {
                notification.booking_id.get()
            }),
            mailbox: databases.rows("notifications")?,
            mailbox_since: marks.into_iter().find(|mark| mark.table_name == MAILBOX).map(|mark| mark.deleted_before),
            logs: logs.collect::<anyhow::Result<_>>()?,
        })
    }

    /// The ids of all bookings, orders, holds and payments.
    pub(crate) fn ids(&self) -> BTreeSet<Uuid> {
        let ids = self.bookings.keys().chain(self.orders.keys()).chain(self.holds.keys()).chain(self.payments.keys());
        ids.copied().collect()
    }

    /// The entries of one payment, oldest first.
    pub(crate) fn entries(&self, id: Uuid) -> &[Entry] {
        self.entries.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The notifications about one booking.
    pub(crate) fn notifications_of(&self, id: Uuid) -> &[Notification] {
        self.notifications.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether the order was ever confirmed. It may be cancelled now.
    pub(crate) fn was_confirmed(&self, id: Uuid) -> bool {
        let history = self.history.get(&id).into_iter().flatten();
        history.into_iter().any(|row| row.status == OrderStatus::Confirmed)
    }

    /// The tickets of one booking.
    pub(crate) fn tickets(&self, id: Uuid) -> &[Ticket] {
        self.tickets.get(&id).map_or(&[], Vec::as_slice)
    }
}

impl Log {
    fn read(snapshot: &Snapshot) -> anyhow::Result<Self> {
        // Without the bodies, which are most of the bytes and repeat the rows.
        let query = Query::sql("SELECT position, id, kind, message_key FROM outbox ORDER BY position", Vec::new());
        let published = snapshot.fetch(&query)?.into_iter().map(PublishedMessage::read).collect::<Option<_>>();
        Ok(Self {
            head: snapshot.select("", Vec::new())?.pop(),
            published: published.ok_or_else(|| anyhow::anyhow!("a row of outbox is malformed"))?,
            cursors: snapshot.select("", Vec::new())?,
            deferred: snapshot.select("", Vec::new())?,
            discarded: snapshot.select("ORDER BY discarded_at DESC", Vec::new())?,
            requests: snapshot.select("", Vec::new())?,
        })
    }

    /// The last position that retention deleted; 0 while it has deleted none.
    pub(crate) fn pruned_position(&self) -> i64 {
        let all = self.head.as_ref().map_or(0, |head| head.last_position);
        self.published.first().map_or(all, |first| first.position - 1)
    }
}

impl PublishedMessage {
    fn read(record: Vec<Value>) -> Option<Self> {
        match <[Value; 4]>::try_from(record) {
            Ok([Value::Int(position), Value::Uuid(id), Value::Text(kind), Value::Uuid(key)]) => {
                Some(Self { position, id, kind, key })
            }
            _ => None,
        }
    }
}

fn by_id<R>(rows: Vec<R>, id: impl Fn(&R) -> Uuid) -> BTreeMap<Uuid, R> {
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

fn grouped<R>(rows: Vec<R>, id: impl Fn(&R) -> Uuid) -> HashMap<Uuid, Vec<R>> {
    let mut groups: HashMap<Uuid, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(id(&row)).or_default().push(row);
    }
    groups
}
