use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_writer::{Command, Moment, Need, Resource, World};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Event, Organizer, Venue},
};

/// Makes a venue.
pub struct CreateVenue {
    /// Who asks.
    pub actor: Actor,
    /// Whose venue.
    pub organizer: OrganizerId,
    /// For people.
    pub name: String,
    /// For people.
    pub address: String,
    /// Places of the house.
    pub total_capacity: i64,
}

impl Resource for Venue {
    fn resource(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateVenue {
    type Answer = Venue;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.counter("venues");
        need.row::<Organizer>(self.organizer);
        self.actor.needs(self.organizer, need);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<Venue, Refusal> {
        world.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, world)?;
        let venue = Venue {
            id: VenueId::from(world.next_number("venues")),
            organizer_id: self.organizer,
            name: self.name.clone(),
            address: self.address.clone(),
            total_capacity: self.total_capacity,
            version: 1,
        };
        world.insert(venue.clone());
        Ok(venue)
    }
}

/// Replaces what a venue says of itself.
pub struct ChangeVenue {
    /// Who asks.
    pub actor: Actor,
    /// Which venue.
    pub id: VenueId,
    /// Whose: it cannot be changed. None does not say.
    pub organizer: Option<OrganizerId>,
    /// For people.
    pub name: String,
    /// For people.
    pub address: String,
    /// Places of the house.
    pub total_capacity: i64,
}

impl Command for ChangeVenue {
    type Answer = Venue;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need_venue(self.id, &self.actor, need);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<Venue, Refusal> {
        let known = world.get::<Venue>(self.id).ok_or_else(|| not_found("venue", self.id))?;
        self.actor.must_act_for(known.organizer_id, world)?;
        if self.organizer.is_some_and(|organizer| organizer != known.organizer_id) {
            return Err(Refusal::Fixed("organizerId"));
        }
        let venue = world.edit::<Venue>(self.id).expect("it was there a moment ago");
        venue.name.clone_from(&self.name);
        venue.address.clone_from(&self.address);
        venue.total_capacity = self.total_capacity;
        Ok(venue.clone())
    }
}

/// Takes a venue away, while no event is at it.
pub struct DeleteVenue {
    /// Who asks.
    pub actor: Actor,
    /// Which venue.
    pub id: VenueId,
}

impl Command for DeleteVenue {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need_venue(self.id, &self.actor, need);
        need.find::<Event>(&["venue_id"], &self.id);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Refusal> {
        let known = world.get::<Venue>(self.id).ok_or_else(|| not_found("venue", self.id))?;
        self.actor.must_act_for(known.organizer_id, world)?;
        if !world.find::<Event>(&["venue_id"], &self.id).is_empty() {
            return Err(Refusal::InUse("events are at the venue"));
        }
        world.delete::<Venue>(self.id);
        Ok(())
    }
}

fn need_venue(id: VenueId, actor: &Actor, need: &mut Need<'_>) {
    if let Some(venue) = need.row::<Venue>(id) {
        actor.needs(venue.organizer_id, need);
    }
}
