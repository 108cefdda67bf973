use std::collections::HashMap;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, EventId, UserId};
use boxoffice_database::{Database, Error, Query, Value, to_value};
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
    fn tail(self, before: Option<BookingId>, limit: usize) -> (String, Vec<Value>) {
        // Led by the event, so that the page is read off its index in order.
        let (join, id) = match self.event {
            Some(_) => ("JOIN booking_events ON booking_events.booking_id = bookings.id", "booking_events.booking_id"),
            None => ("", "bookings.id"),
        };
        let mut conditions = vec![format!("{id} < ?")];
        let mut args = vec![to_value(&before.map_or(Uuid::max(), BookingId::get))];
        let mut only = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                conditions.push(condition.to_owned());
                args.push(value);
            }
        };
        only("booking_events.event_id = ?", self.event.as_ref().map(to_value));
        only("bookings.user_id = ?", self.user.as_ref().map(to_value));
        only("bookings.status = ?", self.status.as_ref().map(to_value));
        args.push(Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
        (format!("{join} WHERE {} ORDER BY {id} DESC LIMIT ?", conditions.join(" AND ")), args)
    }
}

/// At most `limit` bookings, the latest first, from the one after `before` on; with their tickets.
///
/// # Errors
/// As [`Database::select`].
pub async fn bookings(
    database: &Database,
    of: BookingsOf,
    before: Option<BookingId>,
    limit: usize,
) -> Result<Vec<Ticketed>, Error> {
    let (tail, args) = of.tail(before, limit);
    // The inner page is a table of its own because not every engine takes a LIMIT right after IN.
    let tickets_of_page = format!(
        "WHERE booking_id IN (SELECT id FROM (SELECT bookings.id AS id FROM bookings {tail}) AS page) ORDER BY booking_id, number"
    );
    let (bookings, tickets) =
        database.select_two::<Booking, Ticket>((tail.as_str(), args.clone()), (tickets_of_page.as_str(), args)).await?;
    let mut by_booking: HashMap<BookingId, Vec<Ticket>> = HashMap::new();
    for ticket in tickets {
        by_booking.entry(ticket.booking_id).or_default().push(ticket);
    }
    Ok(bookings
        .into_iter()
        .map(|booking| {
            let tickets = by_booking.remove(&booking.id).unwrap_or_default();
            (booking, tickets)
        })
        .collect())
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
