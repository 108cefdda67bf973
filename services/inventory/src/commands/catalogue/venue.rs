use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_writer::{Command, Moment, Need, Resource, World};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Organizer, Venue},
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
