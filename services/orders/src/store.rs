//! The tables of this service and their queries. All SQL of the service is in this module.

use std::ops::RangeFrom;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, EventId, Lines, Money, OrganizerId, Reason, UserId,
    events::{PlacedThrough, Refund},
};
use boxoffice_database::{Database, Error, Json, Listing, Order as SortOrder, Sortable, table, to_value};
use uuid::Uuid;

use crate::domain::{OrderOutcome, OrderStatus, Transition};

table! {
    /// An order, which has the id of its booking.
    ///
    /// One command may enter several statuses: it counts one version, and each status has its own history row, so that the
    /// history needs its own counter. An order without lines is the tombstone of a booking that was cancelled before its
    /// order was opened.
    pub struct Order in "orders" versioned {
        key { id: BookingId }
        /// The user who pays.
        user_id: UserId,
        /// The organizer who sells all of the lines.
        organizer_id: OrganizerId,
        /// The ordered lines, at the prices of the hold or the quote.
        order_lines: Json<Lines>,
        /// The price of all lines, in minor units of `currency`.
        total_minor: i64,
        /// Currency of all lines.
        currency: Currency,
        /// The status of the order; changes only by [`Order::apply`].
        status: OrderStatus,
        /// The reason of an order that ended without tickets.
        reason: Option<Reason>,
        /// The status of its refund.
        refund: Refund,
        /// The service in which the customer placed it.
        placed_through: PlacedThrough,
        /// Time of its creation.
        created_at: Timestamp,
        /// The number of its history rows, which are numbered from 1 without a gap.
        history_count: i64,
    }
}

table! {
    /// One change of an order. Rows are never updated or deleted.
    pub struct HistoryRow in "order_history" appended {
        key { order_id: BookingId, number: i64 }
        /// The status that was entered, or the unchanged status when only the refund changed.
        status: OrderStatus,
        /// Time of the commit.
        recorded_at: Timestamp,
        /// The subject of a token, or the name of a service.
        actor: String,
        /// Details in plain English.
        note: String,
        /// Id of the message that caused the change; `None` for a client's request.
        causation_id: Option<Uuid>,
    }
}

table! {
    /// Connects an order to each event that it has tickets of.
    pub struct OrderEvent in "order_events" appended {
        key { event_id: EventId, order_id: BookingId }
    }
}

table! {
    /// A request with an `Idempotency-Key` that had its effect. The writer writes this table; this service reads it to
    /// answer a repeated request before it calls other services.
    pub struct IdempotencyRecord in "idempotency_records" appended {
        key { id: Uuid }
        /// Hash of the request body.
        fingerprint: Uuid,
        /// The id of the order that the request created.
        resource_id: String,
    }
}

impl Sortable for Order {
    // Ids are UUIDv7 of the time of creation, so that they sort by it.
    const SORTS: &'static [(&'static str, &'static str)] = &[("createdAt", "id")];
    const DEFAULT_SORT: &'static str = "-createdAt";
}

impl Order {
    /// The price of all lines together.
    pub fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }

    /// Moves the order to the target of `transition`. Returns the numbers of its new history rows.
    pub(crate) fn apply(&mut self, transition: &Transition) -> RangeFrom<i64> {
        self.status = transition.to;
        if let Some(outcome) = transition.outcome {
            self.reason = OrderOutcome::reason(outcome);
        }
        self.count_history(transition.path.len())
    }

    /// Counts `rows` more history rows and returns the number of the first one and those that follow.
    pub(crate) fn count_history(&mut self, rows: usize) -> RangeFrom<i64> {
        let first = self.history_count + 1;
        self.history_count += i64::try_from(rows).expect("a transition enters few statuses");
        first..
    }
}

/// Filters of a list of orders; `None` does not filter.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFilter {
    /// Lists the orders of this user only.
    pub user: Option<UserId>,
    /// Lists orders with tickets of this event only.
    pub event: Option<EventId>,
    /// Lists orders with this status only.
    pub status: Option<OrderStatus>,
}

/// At most `rows` orders in this order.
///
/// # Errors
/// As [`Database::select`].
pub async fn orders(
    database: &Database,
    filter: OrderFilter,
    order: SortOrder,
    rows: usize,
) -> Result<Vec<Order>, Error> {
    // With an event, the join table leads the query, so that the page is read from its primary key in order.
    let (join, order) = match filter.event {
        Some(_) => ("JOIN order_events ON order_id = id ", SortOrder { column: "order_id", ..order }),
        None => ("", order),
    };
    let listing = Listing::default()
        .filter("event_id = ?", filter.event.as_ref())
        .filter("user_id = ?", filter.user.as_ref())
        .filter("status = ?", filter.status.as_ref());
    let (tail, args) = listing.page::<Order>(&order, rows);
    database.select(&format!("{join}{tail}"), args).await
}

/// The order with its history, from one snapshot; `None` when the order does not exist.
///
/// # Errors
/// As [`orders`].
pub async fn with_history(database: &Database, id: BookingId) -> Result<Option<(Order, Vec<HistoryRow>)>, Error> {
    let args = || vec![to_value(&id)];
    let history = ("WHERE order_id = ? ORDER BY number", args());
    let (mut orders, history) = database.select_two(("WHERE id = ?", args()), history).await?;
    Ok(orders.pop().map(|order| (order, history)))
}
