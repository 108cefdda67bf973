use boxoffice_contracts::OrganizerId;
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Member, Organizer},
};

/// Creates an organizer and makes the caller its first member.
pub struct CreateOrganizer {
    /// The subject of the caller's token.
    pub subject: String,
    /// The name that customers see.
    pub name: String,
    /// The short name for URLs; unique.
    pub slug: String,
}

impl Resource for Organizer {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateOrganizer {
    type Answer = Organizer;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.counter("organizers");
        reads.find::<Organizer>(&["slug"], &self.slug);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Organizer, Refusal> {
        if !work.find::<Organizer>(&["slug"], &self.slug).is_empty() {
            return Err(Refusal::SlugTaken(self.slug.clone()));
        }
        let id = OrganizerId::from(work.next_number("organizers"));
        let (name, slug) = (self.name.clone(), self.slug.clone());
        let organizer = Organizer { id, name, slug, created_at: context.now, version: 1 };
        work.insert(organizer.clone());
        work.insert(Member { organizer_id: id, subject: self.subject.clone(), added_at: context.now });
        Ok(organizer)
    }
}

/// Adds a member, who may act for the organizer. Repeating it has no effect.
pub struct AddMember {
    /// The caller: a member or an operator.
    pub actor: Actor,
    /// The organizer whose members change.
    pub organizer: OrganizerId,
    /// The token subject to add.
    pub subject: String,
}

impl Command for AddMember {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        self.actor.read_set(self.organizer, reads);
        reads.row::<Organizer>(self.organizer);
        reads.row::<Member>((self.organizer, self.subject.clone()));
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        work.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, work)?;
        if work.get::<Member>((self.organizer, self.subject.clone())).is_none() {
            let (organizer_id, subject) = (self.organizer, self.subject.clone());
            work.insert(Member { organizer_id, subject, added_at: context.now });
        }
        Ok(())
    }
}

/// Removes a member, but never the last one. Repeating it has no effect.
pub struct RemoveMember {
    /// The caller: a member or an operator.
    pub actor: Actor,
    /// The organizer whose members change.
    pub organizer: OrganizerId,
    /// The token subject to remove.
    pub subject: String,
}

impl Command for RemoveMember {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        self.actor.read_set(self.organizer, reads);
        reads.row::<Organizer>(self.organizer);
        reads.row::<Member>((self.organizer, self.subject.clone()));
        reads.find::<Member>(&["organizer_id"], &self.organizer);
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        work.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, work)?;
        if let [last] = work.find::<Member>(&["organizer_id"], &self.organizer).as_slice()
            && last.subject == self.subject
        {
            return Err(Refusal::LastOne("an organizer has at least one member"));
        }
        work.delete::<Member>((self.organizer, self.subject.clone()));
        Ok(())
    }
}
