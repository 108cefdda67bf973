//! Queries beyond a single row by its key.

use std::collections::BTreeSet;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, EventId, OrganizerId, TicketTypeId, VenueId};
use boxoffice_database::{Database, Error, Listing, Order, Row, Value, to_value};
use serde::Serialize;

use super::{Event, Hold, Member, Organizer, Quota, TicketType, Venue};
use crate::domain::{EventStatus, HoldStatus};

/// Filters of a list of events. A filter that is `None` matches every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventsOf<'a> {
    /// Matches events of this organizer.
    pub organizer: Option<OrganizerId>,
    /// Matches events at this venue.
    pub venue: Option<VenueId>,
    /// Matches events with this status.
    pub status: Option<EventStatus>,
    /// Matches events that start at this time or later.
    pub from: Option<Timestamp>,
    /// Matches events that start before this time.
    pub until: Option<Timestamp>,
    /// Matches events whose name contains this text.
    pub text: Option<&'a str>,
}

/// Filters of a list of ticket types. A filter that is `None` matches every type.
#[derive(Clone, Copy, Debug, Default)]
pub struct TicketTypesOf {
    /// Matches types of this event.
    pub event: Option<EventId>,
    /// Matches types of this organizer.
    pub organizer: Option<OrganizerId>,
}

/// The ticket types, quotas and venues of a set of events.
#[derive(Clone, Debug, Default)]
pub struct EventDetails {
    /// The ticket types, by id, so that the first type of an event comes first.
    pub types: Vec<TicketType>,
    /// The quotas, by id, from the same snapshot as the ticket types.
    pub quotas: Vec<Quota>,
    /// The venues of the events.
    pub venues: Vec<Venue>,
}

/// Lists organizers in this order, at most `rows`.
///
/// # Errors
/// As [`Database::select`].
pub async fn organizers(database: &Database, order: &Order, rows: usize) -> Result<Vec<Organizer>, Error> {
    page(database, Listing::default(), order, rows).await
}

/// Lists venues in this order, at most `rows`: those of one organizer, or all.
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

/// The only organizer of which `subject` is a member; `None` when it is a member of none or of several.
///
/// # Errors
/// As [`organizers`].
pub async fn only_organizer_of(database: &Database, subject: &str) -> Result<Option<OrganizerId>, Error> {
    let tail = "WHERE subject = ? ORDER BY organizer_id LIMIT 2";
    let members = database.select::<Member>(tail, vec![to_value(subject)]).await?;
    Ok(if let [only] = members.as_slice() { Some(only.organizer_id) } else { None })
}

/// Lists events in this order, at most `rows`.
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

/// A LIKE pattern for names that contain `text`. Only ASCII letters become lowercase, because database engines differ on
/// others.
fn containing(text: &str) -> String {
    let literal = |c: char| if "!%_".contains(c) { format!("!{c}") } else { c.to_ascii_lowercase().to_string() };
    format!("%{}%", text.chars().map(literal).collect::<String>())
}

/// Reads the ticket types, quotas and venues of `events`.
///
/// # Errors
/// As [`organizers`].
pub async fn event_details(database: &Database, events: &[Event]) -> Result<EventDetails, Error> {
    let Some((tail, args)) = any_of("event_id", events.iter().map(|event| event.id)) else {
        return Ok(EventDetails::default());
    };
    let (types, quotas) = database.select_two((&tail, args.clone()), (&tail, args)).await?;
    let venues = match any_of("id", events.iter().filter_map(|event| event.venue_id)) {
        Some((tail, args)) => database.select(&tail, args).await?,
        None => Vec::new(),
    };
    Ok(EventDetails { types, quotas, venues })
}

/// The query for rows whose `column` is one of `ids`, ordered by id; `None` for no ids.
fn any_of<T: Serialize + Ord>(column: &str, ids: impl Iterator<Item = T>) -> Option<(String, Vec<Value>)> {
    let ids: BTreeSet<T> = ids.collect();
    let placeholders = vec!["?"; ids.len()].join(", ");
    let args = ids.iter().map(to_value).collect();
    (!ids.is_empty()).then(|| (format!("WHERE {column} IN ({placeholders}) ORDER BY id"), args))
}

/// Lists ticket types in this order, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn ticket_types(
    database: &Database,
    of: TicketTypesOf,
    order: &Order,
    rows: usize,
) -> Result<Vec<TicketType>, Error> {
    let which =
        Listing::default().filter("event_id = ?", of.event.as_ref()).filter("organizer_id = ?", of.organizer.as_ref());
    page(database, which, order, rows).await
}

/// Reads the quotas that `types` draw from.
///
/// # Errors
/// As [`organizers`].
pub async fn quotas_of_types(database: &Database, types: &[TicketType]) -> Result<Vec<Quota>, Error> {
    match any_of("id", types.iter().map(|ticket_type| ticket_type.quota_id)) {
        Some((tail, args)) => database.select(&tail, args).await,
        None => Ok(Vec::new()),
    }
}

/// Reads the ticket types and the quotas of an event from one snapshot, each by id.
///
/// # Errors
/// As [`organizers`].
pub async fn types_and_quotas(database: &Database, event: EventId) -> Result<(Vec<TicketType>, Vec<Quota>), Error> {
    let (args, tail) = (|| vec![to_value(&event)], "WHERE event_id = ? ORDER BY id");
    database.select_two((tail, args()), (tail, args())).await
}

/// Reads a ticket type and its quota from one snapshot.
///
/// # Errors
/// As [`organizers`].
pub async fn type_and_quota(database: &Database, id: TicketTypeId) -> Result<Option<(TicketType, Vec<Quota>)>, Error> {
    let args = || vec![to_value(&id)];
    let quota = "WHERE id = (SELECT quota_id FROM ticket_types WHERE id = ?)";
    let (mut types, quotas) = database.select_two(("WHERE id = ?", args()), (quota, args())).await?;
    Ok(types.pop().map(|ticket_type| (ticket_type, quotas)))
}

/// Reads the quota of a ticket type, and whether seats of the type are held or sold, from one snapshot.
///
/// # Errors
/// As [`organizers`].
pub async fn quota_and_use_of(database: &Database, ticket_type: TicketTypeId) -> Result<Option<(Quota, bool)>, Error> {
    let quota = "WHERE id = (SELECT quota_id FROM ticket_types WHERE id = ?)";
    let active = "WHERE status IN (?, ?, ?) AND hold_lines LIKE ? LIMIT 1";
    let mut args: Vec<_> = HoldStatus::ACTIVE.iter().map(to_value).collect();
    args.push(to_value(&lines_with(ticket_type)));
    let (mut quotas, holds) =
        database.select_two::<Quota, Hold>((quota, vec![to_value(&ticket_type)]), (active, args)).await?;
    Ok(quotas.pop().map(|quota| (quota, !holds.is_empty())))
}

/// Filters of a list of holds. A filter that is `None` matches every hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct HoldsOf<'a> {
    /// Matches holds of this token subject.
    pub owner: Option<&'a str>,
    /// Matches holds with this status.
    pub status: Option<HoldStatus>,
    /// Matches holds with seats of this event.
    pub event: Option<EventId>,
}

/// Lists holds in this order, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn holds(database: &Database, of: HoldsOf<'_>, order: &Order, rows: usize) -> Result<Vec<Hold>, Error> {
    let pattern = of.event.map(|event| format!("%\"eventId\":{event},%"));
    let which = Listing::default()
        .filter("owner = ?", of.owner)
        .filter("status = ?", of.status.as_ref())
        .filter("hold_lines LIKE ?", pattern.as_ref());
    page(database, which, order, rows).await
}

/// The ids of the owner's unclaimed holds with seats of this type, newest first, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn held_of_type(
    database: &Database,
    owner: &str,
    ticket_type: TicketTypeId,
    rows: u32,
) -> Result<Vec<BookingId>, Error> {
    let tail = "WHERE owner = ? AND status = ? AND hold_lines LIKE ? ORDER BY id DESC LIMIT ?";
    let args = vec![to_value(owner), to_value(&HoldStatus::Held), to_value(&lines_with(ticket_type)), to_value(&rows)];
    Ok(database.select::<Hold>(tail, args).await?.into_iter().map(|hold| hold.id).collect())
}

/// A LIKE pattern for lines with this type. Lines are stored as JSON without spaces, and a quote in a name is escaped with a
/// backslash, so a name cannot match.
fn lines_with(ticket_type: TicketTypeId) -> String {
    format!("%\"ticketTypeId\":{ticket_type},%")
}

/// The unclaimed holds that have reached their end at `now`, the earliest end first, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn overdue_holds(database: &Database, now: Timestamp, rows: usize) -> Result<Vec<Hold>, Error> {
    let tail = "WHERE status = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?";
    database.select(tail, vec![to_value(&HoldStatus::Held), to_value(&now), to_value(&(rows as u64))]).await
}
