use std::collections::HashMap;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, EventId, UserId};
use boxoffice_database::{Database, Error, Listing, Order, Query, Value, to_value};
use uuid::Uuid;

use super::{Booking, Customer, RememberedRequest, Ticket};
use crate::domain::{Payment, Status};

/// How a customer is named.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// By a token's subject.
    Subject(&'a str),
    /// By id.
    User(UserId),
}

impl Named<'_> {
    fn query(self) -> (&'static str, Vec<Value>) {
        match self {
            // Where a subject went from one user to another, the later user has it.
            Self::Subject(subject) => {
                ("WHERE subject = ? AND deleted = 0 ORDER BY user_id DESC LIMIT 1", vec![to_value(subject)])
            }
            Self::User(user) => ("WHERE user_id = ?", vec![to_value(&user)]),
        }
    }
}

/// A booking with its tickets, from one snapshot.
pub type Ticketed = (Booking, Vec<Ticket>);

/// The customer, if it is known here; one named by a subject is not deleted.
///
/// # Errors
/// As [`Database::select`].
pub async fn customer(database: &Database, named: Named<'_>) -> Result<Option<Customer>, Error> {
    let (tail, args) = named.query();
    Ok(database.select(tail, args).await?.pop())
}

/// The customer, and the request of this key if it had its effect before.
///
/// # Errors
/// As [`Database::select`].
pub async fn customer_and_request(
    database: &Database,
    named: Named<'_>,
    key: Uuid,
) -> Result<(Option<Customer>, Option<RememberedRequest>), Error> {
    let (mut customers, mut requests) =
        database.select_two(named.query(), ("WHERE id = ?", vec![to_value(&key)])).await?;
    Ok((customers.pop(), requests.pop()))
}

/// One booking.
///
/// # Errors
/// As [`Database::select`].
pub async fn booking(database: &Database, id: BookingId) -> Result<Option<Ticketed>, Error> {
    let args = || vec![to_value(&id)];
    let (mut bookings, tickets) =
        database.select_two(("WHERE id = ?", args()), ("WHERE booking_id = ? ORDER BY number", args())).await?;
    Ok(bookings.pop().map(|booking| (booking, tickets)))
}

/// One booking, if it is that of the user with this subject.
///
/// # Errors
/// As [`Database::select`].
pub async fn own_booking(database: &Database, id: BookingId, subject: &str) -> Result<Option<Ticketed>, Error> {
    let own = "WHERE id = ? AND user_id IN (SELECT user_id FROM customers WHERE subject = ? AND deleted = 0)";
    let (mut bookings, tickets) = database
        .select_two(
            (own, vec![to_value(&id), to_value(subject)]),
            ("WHERE booking_id = ? ORDER BY number", vec![to_value(&id)]),
        )
        .await?;
    Ok(bookings.pop().map(|booking| (booking, tickets)))
}

/// Which bookings are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct BookingsOf {
    /// Only this user's.
    pub user: Option<UserId>,
    /// Only those with tickets of this event.
    pub event: Option<EventId>,
    /// Only those in this state.
    pub status: Option<Status>,
}

impl BookingsOf {
    fn page(self, order: Order, rows: usize) -> (String, Vec<Value>) {
        // Led by the event, where there is one, so that the page is read off its index in order.
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
    of: BookingsOf,
    order: Order,
    rows: usize,
) -> Result<(Vec<Booking>, HashMap<BookingId, Vec<Ticket>>), Error> {
    let (page, args) = of.page(order, rows);
    // The inner page is a table of its own because not every engine takes a LIMIT right after IN.
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

/// Bookings whose deadline has passed at `now` and counts, the longest overdue first.
///
/// # Errors
/// As [`Database::select`].
pub async fn due(database: &Database, now: Timestamp, limit: usize) -> Result<Vec<BookingId>, Error> {
    let bookings: Vec<Booking> = database
        .select(
            "WHERE deadline_at <= ? AND payment IN (?, ?) ORDER BY deadline_at LIMIT ?",
            vec![
                to_value(&now),
                to_value(&Payment::None),
                to_value(&Payment::Failed),
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
pub async fn has_open(database: &Database, user: UserId) -> Result<bool, Error> {
    let args = vec![to_value(&user), to_value(&Status::Pending), to_value(&Status::Confirmed)];
    let open = database.select::<Booking>("WHERE user_id = ? AND status IN (?, ?) LIMIT 1", args).await?;
    Ok(!open.is_empty())
}

/// At most `limit` customers who are retired since `before` or longer, the longest first.
///
/// # Errors
/// As [`Database::select`].
pub async fn retired(database: &Database, before: Timestamp, limit: usize) -> Result<Vec<Customer>, Error> {
    let args = vec![to_value(&before), to_value(&limit)];
    database.select("WHERE retired_at <= ? AND deleted = 0 ORDER BY retired_at LIMIT ?", args).await
}

fn open() -> Query {
    Query::sql("SELECT COUNT(*) FROM bookings WHERE deadline_at IS NOT NULL", Vec::new())
}

fn number(records: &[Vec<Value>]) -> i64 {
    if let Some([Value::Int(count)]) = records.first().map(Vec::as_slice) { *count } else { 0 }
}

/// How many bookings are PENDING.
///
/// # Errors
/// As [`Database::fetch`].
pub async fn count_open(database: &Database) -> Result<i64, Error> {
    let records = database.fetch(vec![open()]).await?;
    Ok(records.first().map_or(0, |records| number(records)))
}

/// [`count_open`] for the start-up, where blocking is no harm.
///
/// # Errors
/// As [`Database::snapshot`].
pub fn count_open_blocking(database: &Database) -> Result<i64, Error> {
    Ok(number(&database.snapshot()?.fetch(&open())?))
}
