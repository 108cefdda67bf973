use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, VenueId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{
    commands::{
        Actor,
        catalogue::{not_found, quota::resize},
    },
    domain::EventStatus,
    error::Refusal,
    store::{Event, Quota, Venue},
};

/// Replaces what an event says of itself. Its ticket types, and what was bought, stay as they are.
pub struct ChangeEvent {
    /// Who asks.
    pub actor: Actor,
    /// Which event.
    pub id: EventId,
    /// Who sells: it cannot be changed. None does not say.
    pub organizer: Option<OrganizerId>,
    /// Of all its prices: it cannot be changed. None does not say.
    pub currency: Option<Currency>,
    /// Where.
    pub venue: Option<VenueId>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// When it begins: in the future, or as it was.
    pub starts_at: Timestamp,
    /// IANA name; none leaves it.
    pub time_zone: Option<String>,
    /// Where it goes; none leaves it.
    pub status: Option<EventStatus>,
    /// Places, where they are in one quota; none leaves them.
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
            resize(work, self.id, capacity)?;
        }
        let event = work.edit::<Event>(self.id).expect("it was there a moment ago");
        event.status = event.status.after(self.status.unwrap_or(event.status))?;
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
