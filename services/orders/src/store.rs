//! The tables of this service, and its reads. The only SQL.

use std::ops::RangeFrom;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, EventId, Lines, Money, OrganizerId, Reason, UserId,
    events::{PlacedThrough, Refund},
};
use boxoffice_database::{Database, Error, Json, Listing, Order as Placing, Sortable, table, to_value};
use uuid::Uuid;

use crate::domain::OrderStatus;

table! {
    /// What is owed for one booking, whose id it shares.
    ///
    /// One command may take several steps at once and counts one version for all of them, while each step has its own
    /// row in the history: hence the history has a counter of its own. An order without lines was never opened: it is
    /// the tombstone of a booking that was called off before its order was heard of.
    pub struct Order in "orders" versioned {
        key { id: BookingId }
        /// Who owes.
        user_id: UserId,
        /// Who sells.
        organizer_id: OrganizerId,
        /// What was ordered, at the prices of that moment.
        lines: Json<Lines>,
        /// The price of all lines, in minor units.
        total_minor: i64,
        /// Of all lines.
        currency: Currency,
        /// Where it stands.
        status: OrderStatus,
        /// Why it ended without tickets.
        reason: Option<Reason>,
        /// How far giving the money back has come.
        refund: Refund,
        /// Where the customer placed it.
        placed_through: PlacedThrough,
        /// When.
        created_at: Timestamp,
        /// How many rows its history has: 1 to this number, without a gap.
        history_count: i64,
    }
}

table! {
    /// One step of an order; never changed.
    pub struct HistoryRow in "order_history" appended {
        key { order_id: BookingId, number: i64 }
        /// The state that was entered, or the one that it stayed in when only the refund moved.
        status: OrderStatus,
        /// When.
        at: Timestamp,
        /// On whose behalf: the subject of a token, or the name of a service.
        actor: String,
        /// For people.
        note: String,
        /// The message that it followed from; none for a request of a client.
        causation_id: Option<Uuid>,
    }
}

table! {
    /// An order that has tickets of an event.
    pub struct OrderEvent in "order_events" appended {
        key { event_id: EventId, order_id: BookingId }
    }
}

impl Sortable for Order {
    // Ids are made when an order begins, and those of later milliseconds are larger.
    const SORTS: &'static [(&'static str, &'static str)] = &[("createdAt", "id")];
    const DEFAULT_SORT: &'static str = "-createdAt";
}

impl Order {
    /// What all lines cost together.
    pub fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }

    /// Counts `rows` more rows of history and returns the number of the first of them, and those that follow.
    pub(crate) fn count_history(&mut self, rows: usize) -> RangeFrom<i64> {
        let first = self.history_count + 1;
        self.history_count += i64::try_from(rows).expect("an order has few states");
        first..
    }
}

/// Which orders are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrdersOf {
    /// Only this user's.
    pub user: Option<UserId>,
    /// Only those with tickets of this event.
    pub event: Option<EventId>,
    /// Only in this state.
    pub status: Option<OrderStatus>,
}

/// At most `rows` orders in this order.
///
/// # Errors
/// As [`Database::select`]; so has every read here.
pub async fn orders(database: &Database, of: OrdersOf, order: Placing, rows: usize) -> Result<Vec<Order>, Error> {
    // Led by the event, where there is one, so that the page is read off its index in order.
    let (join, order) = match of.event {
        Some(_) => ("JOIN order_events ON order_id = id ", Placing { column: "order_id", ..order }),
        None => ("", order),
    };
    let listing = Listing::default()
        .filter("event_id = ?", of.event.as_ref())
        .filter("user_id = ?", of.user.as_ref())
        .filter("status = ?", of.status.as_ref());
    let (tail, args) = listing.page::<Order>(&order, rows);
    database.select(&format!("{join}{tail}"), args).await
}

/// The order with its history, from one snapshot; none when there is no such order.
///
/// # Errors
/// As [`orders`].
pub async fn with_history(database: &Database, id: BookingId) -> Result<Option<(Order, Vec<HistoryRow>)>, Error> {
    let args = || vec![to_value(&id)];
    let history = ("WHERE order_id = ? ORDER BY number", args());
    let (mut orders, history) = database.select_two(("WHERE id = ?", args()), history).await?;
    Ok(orders.pop().map(|order| (order, history)))
}
