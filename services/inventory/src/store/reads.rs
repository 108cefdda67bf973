//! What is asked of the tables beyond a row by its key.

use std::collections::BTreeSet;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, EventId, OrganizerId, TicketTypeId, VenueId};
use boxoffice_database::{Database, Error, Listing, Order, Row, Value, to_value};
use serde::Serialize;

use super::{Event, Hold, Member, Organizer, Quota, TicketType, Venue};
use crate::domain::{EventStatus, HoldStatus};

/// Which events are listed; what is none does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventsOf<'a> {
    /// Only this organizer's.
    pub organizer: Option<OrganizerId>,
    /// Only at this venue.
    pub venue: Option<VenueId>,
    /// Only in this state.
    pub status: Option<EventStatus>,
    /// Only those that begin then or later.
    pub from: Option<Timestamp>,
    /// Only those that begin earlier.
    pub until: Option<Timestamp>,
    /// Only those with this text in their name.
    pub text: Option<&'a str>,
}

/// Which ticket types are listed; what is none does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypesOf {
    /// Only this event's.
    pub event: Option<EventId>,
    /// Only this organizer's.
    pub organizer: Option<OrganizerId>,
}

/// What belongs to events.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// By id, so that an event's first one comes first.
    pub types: Vec<TicketType>,
    /// By id, of the same snapshot.
    pub quotas: Vec<Quota>,
    /// Where the events take place.
    pub venues: Vec<Venue>,
}

/// The organizers in this order, at most `rows`.
///
/// # Errors
/// As [`Database::select`]; so has every read here.
pub async fn organizers(database: &Database, order: &Order, rows: usize) -> Result<Vec<Organizer>, Error> {
    page(database, Listing::default(), order, rows).await
}

/// The venues in this order, at most `rows`; of one organizer, or all.
///
/// # Errors
/// As [`organizers`].
pub async fn venues(
    database: &Database,
    of: Option<OrganizerId>,
    order: &Order,
    rows: usize,
) -> Result<Vec<Venue>, Error> {
    page(database, Listing::default().filter("organizer_id = ?", of.as_ref()), order, rows).await
}

async fn page<R: Row>(database: &Database, which: Listing, order: &Order, rows: usize) -> Result<Vec<R>, Error> {
    let (tail, args) = which.page::<R>(order, rows);
    database.select(&tail, args).await
}

/// The one organizer that `subject` acts for; none when there are several, or no such organizer.
///
/// # Errors
/// As [`organizers`].
pub async fn only_organizer_of(database: &Database, subject: &str) -> Result<Option<OrganizerId>, Error> {
    let tail = "WHERE subject = ? ORDER BY organizer_id LIMIT 2";
    let members = database.select::<Member>(tail, vec![to_value(subject)]).await?;
    Ok(if let [only] = members.as_slice() { Some(only.organizer_id) } else { None })
}

/// The events in this order, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn events(database: &Database, of: EventsOf<'_>, order: &Order, rows: usize) -> Result<Vec<Event>, Error> {
    let pattern = of.text.map(containing);
    let which = Listing::default()
        .filter("organizer_id = ?", of.organizer.as_ref())
        .filter("venue_id = ?", of.venue.as_ref())
        .filter("status = ?", of.status.as_ref())
        .filter("starts_at >= ?", of.from.as_ref())
        .filter("starts_at < ?", of.until.as_ref())
        .filter("LOWER(name) LIKE ? ESCAPE '!'", pattern.as_ref());
    page(database, which, order, rows).await
}

/// A pattern that fits what has `text` in it. Engines agree on small letters for ASCII alone.
fn containing(text: &str) -> String {
    let literal = |c: char| if "!%_".contains(c) { format!("!{c}") } else { c.to_ascii_lowercase().to_string() };
    format!("%{}%", text.chars().map(literal).collect::<String>())
}

/// What belongs to `events`.
///
/// # Errors
/// As [`organizers`].
pub async fn around(database: &Database, events: &[Event]) -> Result<Surroundings, Error> {
    let Some((tail, args)) = any_of("event_id", events.iter().map(|event| event.id)) else {
        return Ok(Surroundings::default());
    };
    let (types, quotas) = database.select_two((&tail, args.clone()), (&tail, args)).await?;
    let venues = match any_of("id", events.iter().filter_map(|event| event.venue_id)) {
        Some((tail, args)) => database.select(&tail, args).await?,
        None => Vec::new(),
    };
    Ok(Surroundings { types, quotas, venues })
}

/// Rows whose `column` is one of `ids`, by id; none for no ids.
fn any_of<T: Serialize + Ord>(column: &str, ids: impl Iterator<Item = T>) -> Option<(String, Vec<Value>)> {
    let ids: BTreeSet<T> = ids.collect();
    let marks = vec!["?"; ids.len()].join(", ");
    let args = ids.iter().map(to_value).collect();
    (!ids.is_empty()).then(|| (format!("WHERE {column} IN ({marks}) ORDER BY id"), args))
}

/// The ticket types in this order, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn ticket_types(
    database: &Database,
    of: TypesOf,
    order: &Order,
    rows: usize,
) -> Result<Vec<TicketType>, Error> {
    let which =
        Listing::default().filter("event_id = ?", of.event.as_ref()).filter("organizer_id = ?", of.organizer.as_ref());
    page(database, which, order, rows).await
}

/// The quotas that `types` draw from.
///
/// # Errors
/// As [`organizers`].
pub async fn quotas_of_types(database: &Database, types: &[TicketType]) -> Result<Vec<Quota>, Error> {
    match any_of("id", types.iter().map(|kind| kind.quota_id)) {
        Some((tail, args)) => database.select(&tail, args).await,
        None => Ok(Vec::new()),
    }
}

/// The types of an event, the first one first, and its quotas, from one snapshot.
///
/// # Errors
/// As [`organizers`].
pub async fn types_and_quotas(database: &Database, event: EventId) -> Result<(Vec<TicketType>, Vec<Quota>), Error> {
    let (args, tail) = (|| vec![to_value(&event)], "WHERE event_id = ? ORDER BY id");
    database.select_two((tail, args()), (tail, args())).await
}

/// A ticket type and the quota that it draws from, from one snapshot.
///
/// # Errors
/// As [`organizers`].
pub async fn type_and_quota(database: &Database, id: TicketTypeId) -> Result<Option<(TicketType, Vec<Quota>)>, Error> {
    let args = || vec![to_value(&id)];
    let quota = "WHERE id = (SELECT quota_id FROM ticket_types WHERE id = ?)";
    let (mut types, quotas) = database.select_two(("WHERE id = ?", args()), (quota, args())).await?;
    Ok(types.pop().map(|kind| (kind, quotas)))
}

/// The quota of a ticket type, and whether places of the type are held or sold, from one snapshot.
///
/// # Errors
/// As [`organizers`].
pub async fn use_of(database: &Database, kind: TicketTypeId) -> Result<Option<(Quota, bool)>, Error> {
    let quota = "WHERE id = (SELECT quota_id FROM ticket_types WHERE id = ?)";
    let active = "WHERE status IN (?, ?, ?) AND lines LIKE ? LIMIT 1";
    let mut args: Vec<_> = HoldStatus::ACTIVE.iter().map(to_value).collect();
    args.push(to_value(&with_type(kind)));
    let (mut quotas, holds) =
        database.select_two::<Quota, Hold>((quota, vec![to_value(&kind)]), (active, args)).await?;
    Ok(quotas.pop().map(|quota| (quota, !holds.is_empty())))
}

/// Which holds are listed; what is none does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct HoldsOf<'a> {
    /// Only this subject's.
    pub owner: Option<&'a str>,
    /// Only in this state.
    pub status: Option<HoldStatus>,
    /// Only those with places of this event.
    pub event: Option<EventId>,
}

/// The holds in this order, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn holds(database: &Database, of: HoldsOf<'_>, order: &Order, rows: usize) -> Result<Vec<Hold>, Error> {
    let pattern = of.event.map(|event| format!("%\"eventId\":{event},%"));
    let which = Listing::default()
        .filter("owner = ?", of.owner)
        .filter("status = ?", of.status.as_ref())
        .filter("lines LIKE ?", pattern.as_ref());
    page(database, which, order, rows).await
}

/// The owner's holds of this type that no order has claimed, newest first, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn held_of_type(
    database: &Database,
    owner: &str,
    kind: TicketTypeId,
    rows: u32,
) -> Result<Vec<BookingId>, Error> {
    let tail = "WHERE owner = ? AND status = ? AND lines LIKE ? ORDER BY id DESC LIMIT ?";
    let args = vec![to_value(owner), to_value(&HoldStatus::Held), to_value(&with_type(kind)), to_value(&rows)];
    Ok(database.select::<Hold>(tail, args).await?.into_iter().map(|hold| hold.id).collect())
}

/// A pattern that fits lines with this type. They are JSON as it is written here, without spaces; in a name, which comes
/// from outside, a quote has a backslash before it.
fn with_type(kind: TicketTypeId) -> String {
    format!("%\"ticketTypeId\":{kind},%")
}

/// Holds that nobody claimed and whose time is over at `now`, the longest over first, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn overdue_holds(database: &Database, now: Timestamp, rows: usize) -> Result<Vec<Hold>, Error> {
    let tail = "WHERE status = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?";
    database.select(tail, vec![to_value(&HoldStatus::Held), to_value(&now), to_value(&(rows as u64))]).await
}
