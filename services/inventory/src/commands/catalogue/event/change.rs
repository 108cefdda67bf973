use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, VenueId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{
    commands::{
        Actor,
        catalogue::{not_found, quota::resize_event},
    },
    domain::EventStatus,
    error::Refusal,
    store::{Event, Quota, Venue},
};

/// Replaces an event except for its ticket types. Holds and sold seats stay as they are.
pub struct ChangeEvent {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The event to change.
    pub id: EventId,
    /// The organizer, which cannot change; `None` skips the check.
    pub organizer: Option<OrganizerId>,
    /// The currency of all prices, which cannot change; `None` skips the check.
    pub currency: Option<Currency>,
    /// The venue; `None` for an event without a venue.
    pub venue: Option<VenueId>,
    /// The name that customers see.
    pub name: String,
    /// The description that customers see; may be empty.
    pub description: String,
    /// The start; a new start must be in the future.
    pub starts_at: Timestamp,
    /// IANA time zone name; `None` keeps the current one.
    pub time_zone: Option<String>,
    /// The requested status; `None` keeps the current one.
    pub status: Option<EventStatus>,
    /// The capacity of the only quota, in seats; `None` keeps the current one.
    pub capacity: Option<i64>,
}

impl Command for ChangeEvent {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.find::<Quota>(&["event_id"], &self.id);
        if let Some(venue) = self.venue {
            reads.row::<Venue>(venue);
        }
        if let Some(event) = reads.row::<Event>(self.id) {
            self.actor.read_set(event.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let event = work.get::<Event>(self.id).ok_or_else(|| not_found("event", self.id))?;
        self.actor.must_act_for(event.organizer_id, work)?;
        if self.organizer.is_some_and(|organizer| organizer != event.organizer_id) {
            return Err(Refusal::Fixed("organizerId"));
        }
        if self.currency.is_some_and(|currency| currency != event.currency) {
            return Err(Refusal::Fixed("currency"));
        }
        if self.starts_at != event.starts_at && self.starts_at <= context.now {
            return Err(Refusal::PastStart);
        }
        if let Some(venue) = self.venue {
            work.get::<Venue>(venue).ok_or_else(|| not_found("venue", venue))?;
        }
        if let Some(capacity) = self.capacity {
            resize_event(work, self.id, capacity)?;
        }
        let event = work.edit::<Event>(self.id).ok_or_else(|| not_found("event", self.id))?;
        if let Some(requested) = self.status.filter(|requested| *requested != event.status) {
            let transition = event.status.apply(requested.into()).ok_or(Refusal::Cancelled)?;
            event.status = transition.to;
        }
        event.venue_id = self.venue;
        event.name.clone_from(&self.name);
        event.description.clone_from(&self.description);
        event.starts_at = self.starts_at;
        if let Some(zone) = &self.time_zone {
            event.time_zone.clone_from(zone);
        }
        Ok(())
    }
}
