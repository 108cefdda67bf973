use std::collections::HashMap;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, EventId, UserId};
use boxoffice_database::{Database, Error, Listing, Order, Query, Value, to_value};
use uuid::Uuid;

use super::{Booking, Customer, IdempotencyRecord, Ticket};
use crate::domain::{BookingStatus, PaymentStatus};

/// How a customer is looked up.
#[derive(Clone, Copy, Debug)]
pub enum CustomerKey<'a> {
    /// By the subject of a token; finds no deleted user.
    Subject(&'a str),
    /// By the id of the user.
    User(UserId),
}

impl CustomerKey<'_> {
    fn query(self) -> (&'static str, Vec<Value>) {
        match self {
            // A subject may have moved from one user to another: the later user has it.
            Self::Subject(subject) => {
                ("WHERE subject = ? AND deleted = 0 ORDER BY user_id DESC LIMIT 1", vec![to_value(subject)])
            }
            Self::User(user) => ("WHERE user_id = ?", vec![to_value(&user)]),
        }
    }
}

/// A booking with its tickets in the order of their numbers, from one snapshot.
#[derive(Clone, Debug)]
pub struct BookingWithTickets {
    /// The row of the booking.
    pub booking: Booking,
    /// Its tickets; empty before the confirmation.
    pub tickets: Vec<Ticket>,
}

impl BookingWithTickets {
    fn from_rows((mut bookings, tickets): (Vec<Booking>, Vec<Ticket>)) -> Option<Self> {
        bookings.pop().map(|booking| Self { booking, tickets })
    }
}

/// The customer; `None` when this service has no copy of the user.
///
/// # Errors
/// As [`Database::select`].
pub async fn customer(database: &Database, key: CustomerKey<'_>) -> Result<Option<Customer>, Error> {
    let (tail, args) = key.query();
    Ok(database.select(tail, args).await?.pop())
}

/// The customer, and the record of the request with this idempotency key, in one read.
///
/// # Errors
/// As [`Database::select`].
pub async fn customer_and_idempotency_record(
    database: &Database,
    customer: CustomerKey<'_>,
    idempotency_key: Uuid,
) -> Result<(Option<Customer>, Option<IdempotencyRecord>), Error> {
    let (mut customers, mut records) =
        database.select_two(customer.query(), ("WHERE id = ?", vec![to_value(&idempotency_key)])).await?;
    Ok((customers.pop(), records.pop()))
}

/// The booking with this id.
///
/// # Errors
/// As [`Database::select`].
pub async fn booking(database: &Database, id: BookingId) -> Result<Option<BookingWithTickets>, Error> {
    let args = || vec![to_value(&id)];
    let rows = database.select_two(("WHERE id = ?", args()), ("WHERE booking_id = ? ORDER BY number", args())).await?;
    Ok(BookingWithTickets::from_rows(rows))
}

/// The booking with this id, when it belongs to the user with this subject.
///
/// # Errors
/// As [`Database::select`].
pub async fn own_booking(
    database: &Database,
    id: BookingId,
    subject: &str,
) -> Result<Option<BookingWithTickets>, Error> {
    let own = "WHERE id = ? AND user_id IN (SELECT user_id FROM customers WHERE subject = ? AND deleted = 0)";
    let rows = database
        .select_two(
            (own, vec![to_value(&id), to_value(subject)]),
            ("WHERE booking_id = ? ORDER BY number", vec![to_value(&id)]),
        )
        .await?;
    Ok(BookingWithTickets::from_rows(rows))
}

/// Filters of a list of bookings; `None` does not filter.
#[derive(Clone, Copy, Debug, Default)]
pub struct BookingFilter {
    /// Lists the bookings of this user only.
    pub user: Option<UserId>,
    /// Lists bookings with tickets of this event only.
    pub event: Option<EventId>,
    /// Lists bookings with this status only.
    pub status: Option<BookingStatus>,
}

impl BookingFilter {
    fn page(self, order: Order, rows: usize) -> (String, Vec<Value>) {
        // With an event, the page is sorted by the booking id of the join table: the order is the same, because bookings are
        // sorted by their id only, and the database reads the page from the primary key of `booking_events`.
        let (join, order) = match self.event {
            Some(_) => ("JOIN booking_events ON booking_id = id ", Order { column: "booking_id", ..order }),
            None => ("", order),
        };
        let listing = Listing::default()
            .filter("event_id = ?", self.event.as_ref())
            .filter("user_id = ?", self.user.as_ref())
            .filter("status = ?", self.status.as_ref());
        let (tail, args) = listing.page::<Booking>(&order, rows);
        (format!("{join}{tail}"), args)
    }
}

/// At most `rows` bookings in this order, and the tickets of each.
///
/// # Errors
/// As [`Database::select`].
pub async fn bookings(
    database: &Database,
    filter: BookingFilter,
    order: Order,
    rows: usize,
) -> Result<(Vec<Booking>, HashMap<BookingId, Vec<Ticket>>), Error> {
    let (page, args) = filter.page(order, rows);
    // The page is a derived table, because MySQL does not accept LIMIT directly in an IN subquery.
    let tickets = format!(
        "WHERE booking_id IN (SELECT id FROM (SELECT id FROM bookings {page}) AS page) ORDER BY booking_id, number"
    );
    let (bookings, tickets) = database.select_two::<Booking, Ticket>((&page, args.clone()), (&tickets, args)).await?;
    let mut by_booking: HashMap<BookingId, Vec<Ticket>> = HashMap::new();
    for ticket in tickets {
        by_booking.entry(ticket.booking_id).or_default().push(ticket);
    }
    Ok((bookings, by_booking))
}

/// Ids of at most `limit` bookings whose deadline has passed at `now` and that have no payment pending or captured,
/// the oldest deadline first.
///
/// # Errors
/// As [`Database::select`].
pub async fn overdue(database: &Database, now: Timestamp, limit: usize) -> Result<Vec<BookingId>, Error> {
    let bookings: Vec<Booking> = database
        .select(
            "WHERE deadline_at <= ? AND payment IN (?, ?) ORDER BY deadline_at LIMIT ?",
            vec![
                to_value(&now),
                to_value(&PaymentStatus::None),
                to_value(&PaymentStatus::Failed),
                Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)),
            ],
        )
        .await?;
    Ok(bookings.into_iter().map(|booking| booking.id).collect())
}

/// Whether the user has a booking that is PENDING or CONFIRMED.
///
/// # Errors
/// As [`Database::select`].
pub async fn has_active_booking(database: &Database, user: UserId) -> Result<bool, Error> {
    let args = vec![to_value(&user), to_value(&BookingStatus::Pending), to_value(&BookingStatus::Confirmed)];
    let open = database.select::<Booking>("WHERE user_id = ? AND status IN (?, ?) LIMIT 1", args).await?;
    Ok(!open.is_empty())
}

/// At most `limit` customers of whom bookings has accepted no bookings since `cutoff` or earlier, because users announced
/// their deletion, and whose deletion is not complete; the earliest first.
///
/// # Errors
/// As [`Database::select`].
pub async fn retired(database: &Database, cutoff: Timestamp, limit: usize) -> Result<Vec<Customer>, Error> {
    let args = vec![to_value(&cutoff), to_value(&limit)];
    database.select("WHERE retired_at <= ? AND deleted = 0 ORDER BY retired_at LIMIT ?", args).await
}

fn count_pending_query() -> Query {
    Query::sql("SELECT COUNT(*) FROM bookings WHERE deadline_at IS NOT NULL", Vec::new())
}

fn number(records: &[Vec<Value>]) -> i64 {
    if let Some([Value::Int(count)]) = records.first().map(Vec::as_slice) { *count } else { 0 }
}

/// The number of PENDING bookings.
///
/// # Errors
/// The database cannot be read, as in [`Database::fetch`].
pub async fn count_pending(database: &Database) -> Result<i64, Error> {
    let records = database.fetch(vec![count_pending_query()]).await?;
    Ok(records.first().map_or(0, |records| number(records)))
}

/// The blocking variant of [`count_pending`], for the start of the service.
///
/// # Errors
/// As [`Database::snapshot`].
pub fn count_pending_blocking(database: &Database) -> Result<i64, Error> {
    Ok(number(&database.snapshot()?.fetch(&count_pending_query())?))
}
