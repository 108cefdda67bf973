use boxoffice_contracts::OrganizerId;
use boxoffice_writer::{Command, Moment, Need, Resource, World};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Member, Organizer},
};

/// Makes an organizer; whoever makes it becomes its first member.
pub struct CreateOrganizer {
    /// The first member.
    pub subject: String,
    /// For people.
    pub name: String,
    /// For addresses; unique.
    pub slug: String,
}

impl Resource for Organizer {
    fn resource(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateOrganizer {
    type Answer = Organizer;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.counter("organizers");
        need.find::<Organizer>(&["slug"], &self.slug);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Organizer, Refusal> {
        if !world.find::<Organizer>(&["slug"], &self.slug).is_empty() {
            return Err(Refusal::SlugTaken(self.slug.clone()));
        }
        let id = OrganizerId::from(world.next_number("organizers"));
        let (name, slug) = (self.name.clone(), self.slug.clone());
        let organizer = Organizer { id, name, slug, created_at: moment.now, version: 1 };
        world.insert(organizer.clone());
        world.insert(Member { organizer_id: id, subject: self.subject.clone(), added_at: moment.now });
        Ok(organizer)
    }
}

/// Lets a token's subject act for an organizer. Repeated, it does nothing.
pub struct AddMember {
    /// Who asks: a member already.
    pub actor: Actor,
    /// Which organizer.
    pub organizer: OrganizerId,
    /// Who is to be a member.
    pub subject: String,
}

impl Command for AddMember {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        self.actor.needs(self.organizer, need);
        need.row::<Organizer>(self.organizer);
        need.row::<Member>((self.organizer, self.subject.clone()));
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        world.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, world)?;
        if world.get::<Member>((self.organizer, self.subject.clone())).is_none() {
            let (organizer_id, subject) = (self.organizer, self.subject.clone());
            world.insert(Member { organizer_id, subject, added_at: moment.now });
        }
        Ok(())
    }
}

/// Takes a member away, while there is another one. Repeated, it does nothing.
pub struct RemoveMember {
    /// Who asks: a member.
    pub actor: Actor,
    /// Which organizer.
    pub organizer: OrganizerId,
    /// Who is no longer to be a member.
    pub subject: String,
}

impl Command for RemoveMember {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        self.actor.needs(self.organizer, need);
        need.row::<Organizer>(self.organizer);
        need.row::<Member>((self.organizer, self.subject.clone()));
        need.find::<Member>(&["organizer_id"], &self.organizer);
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Refusal> {
        world.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, world)?;
        if let [last] = world.find::<Member>(&["organizer_id"], &self.organizer).as_slice()
            && last.subject == self.subject
        {
            return Err(Refusal::LastOne("an organizer has at least one member"));
        }
        world.delete::<Member>((self.organizer, self.subject.clone()));
        Ok(())
    }
}
