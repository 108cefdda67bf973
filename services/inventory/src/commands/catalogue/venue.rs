use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Event, Organizer, Venue},
};

/// Creates a venue of an organizer.
pub struct CreateVenue {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The organizer that owns the venue.
    pub organizer: OrganizerId,
    /// The name that customers see.
    pub name: String,
    /// The postal address that customers see; may be empty.
    pub address: String,
    /// The number of seats of the building. It does not limit the capacity of events.
    pub total_capacity: i64,
}

impl Resource for Venue {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateVenue {
    type Answer = Venue;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.counter("venues");
        reads.row::<Organizer>(self.organizer);
        self.actor.read_set(self.organizer, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<Venue, Refusal> {
        work.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, work)?;
        let venue = Venue {
            id: VenueId::from(work.next_number("venues")),
            organizer_id: self.organizer,
            name: self.name.clone(),
            address: self.address.clone(),
            total_capacity: self.total_capacity,
            version: 1,
        };
        work.insert(venue.clone());
        Ok(venue)
    }
}

/// Replaces name, address and capacity of a venue.
pub struct ChangeVenue {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The venue to change.
    pub id: VenueId,
    /// The organizer, which cannot change; `None` skips the check.
    pub organizer: Option<OrganizerId>,
    /// The name that customers see.
    pub name: String,
    /// The postal address that customers see; may be empty.
    pub address: String,
    /// The number of seats of the building. It does not limit the capacity of events.
    pub total_capacity: i64,
}

impl Command for ChangeVenue {
    type Answer = Venue;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_venue(self.id, &self.actor, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<Venue, Refusal> {
        let known = work.get::<Venue>(self.id).ok_or_else(|| not_found("venue", self.id))?;
        self.actor.must_act_for(known.organizer_id, work)?;
        if self.organizer.is_some_and(|organizer| organizer != known.organizer_id) {
            return Err(Refusal::Fixed("organizerId"));
        }
        let venue = work.edit::<Venue>(self.id).ok_or_else(|| not_found("venue", self.id))?;
        venue.name.clone_from(&self.name);
        venue.address.clone_from(&self.address);
        venue.total_capacity = self.total_capacity;
        Ok(venue.clone())
    }
}

/// Deletes a venue at which no event takes place.
pub struct DeleteVenue {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The venue to delete.
    pub id: VenueId,
}

impl Command for DeleteVenue {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_venue(self.id, &self.actor, reads);
        reads.find::<Event>(&["venue_id"], &self.id);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let known = work.get::<Venue>(self.id).ok_or_else(|| not_found("venue", self.id))?;
        self.actor.must_act_for(known.organizer_id, work)?;
        if !work.find::<Event>(&["venue_id"], &self.id).is_empty() {
            return Err(Refusal::InUse("events are at the venue"));
        }
        work.delete::<Venue>(self.id);
        Ok(())
    }
}

fn read_venue(id: VenueId, actor: &Actor, reads: &mut ReadSet<'_>) {
    if let Some(venue) = reads.row::<Venue>(id) {
        actor.read_set(venue.organizer_id, reads);
    }
}
