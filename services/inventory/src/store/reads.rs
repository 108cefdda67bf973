//! What is asked of the tables beyond a row by its key.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, EventId, OrganizerId, TicketTypeId};
use boxoffice_database::{Database, Error, Row, to_value};

use super::{Event, Hold, Member, Organizer, Quota, TicketType, Venue};
use crate::domain::{EventStatus, HoldStatus};

/// Which events are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventsOf {
    /// Only this organizer's.
    pub organizer: Option<OrganizerId>,
    /// Only in this state.
    pub status: Option<EventStatus>,
}

/// The organizers with ids above `after`, by id, at most `rows`.
///
/// # Errors
/// As [`Database::select`]; so has every read here.
pub async fn organizers(database: &Database, after: i64, rows: usize) -> Result<Vec<Organizer>, Error> {
    by_id(database, after, rows).await
}

/// The venues with ids above `after`, by id, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn venues(database: &Database, after: i64, rows: usize) -> Result<Vec<Venue>, Error> {
    by_id(database, after, rows).await
}

async fn by_id<R: Row>(database: &Database, after: i64, rows: usize) -> Result<Vec<R>, Error> {
    database.select("WHERE id > ? ORDER BY id LIMIT ?", vec![to_value(&after), to_value(&(rows as u64))]).await
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

/// The events with ids above `after`, by id, at most `rows`; with all their types and quotas, which are one snapshot.
///
/// # Errors
/// As [`organizers`].
pub async fn events(
    database: &Database,
    of: EventsOf,
    after: i64,
    rows: usize,
) -> Result<(Vec<Event>, Vec<TicketType>, Vec<Quota>), Error> {
    let mut tail = String::from("WHERE id > ?");
    let mut args = vec![to_value(&after)];
    if let Some(organizer) = of.organizer {
        tail.push_str(" AND organizer_id = ?");
        args.push(to_value(&organizer));
    }
    if let Some(status) = of.status {
        tail.push_str(" AND status = ?");
        args.push(to_value(&status));
    }
    tail.push_str(" ORDER BY id LIMIT ?");
    args.push(to_value(&(rows as u64)));
    let events = database.select::<Event>(&tail, args).await?;
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(Default::default()) };
    let between = || vec![to_value(&first.id), to_value(&last.id)];
    let tail = "WHERE event_id BETWEEN ? AND ? ORDER BY id";
    let (types, quotas) = database.select_two((tail, between()), (tail, between())).await?;
    Ok((events, types, quotas))
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

/// The holds with ids below `before`, newest first, at most `rows`; of one owner, or everyone's.
///
/// # Errors
/// As [`organizers`].
pub async fn holds(
    database: &Database,
    owner: Option<&str>,
    before: Option<BookingId>,
    rows: usize,
) -> Result<Vec<Hold>, Error> {
    let mut args = vec![to_value(&before.map_or(uuid::Uuid::max(), BookingId::get))];
    let owned = if owner.is_some() { " AND owner = ?" } else { "" };
    args.extend(owner.map(to_value));
    args.push(to_value(&(rows as u64)));
    database.select(&format!("WHERE id < ?{owned} ORDER BY id DESC LIMIT ?"), args).await
}

/// Holds that nobody claimed and whose time is over at `now`, the longest over first, at most `rows`.
///
/// # Errors
/// As [`organizers`].
pub async fn overdue_holds(database: &Database, now: Timestamp, rows: usize) -> Result<Vec<Hold>, Error> {
    let tail = "WHERE status = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?";
    database.select(tail, vec![to_value(&HoldStatus::Held), to_value(&now), to_value(&(rows as u64))]).await
}
