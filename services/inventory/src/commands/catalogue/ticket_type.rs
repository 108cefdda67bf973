use boxoffice_contracts::{EventId, QuotaId, TicketTypeId};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{
    event::{NewTicketType, insert_ticket_type},
    not_found,
    quota::increment_version,
};
use crate::{
    commands::Actor,
    domain::MAX_TICKET_TYPES,
    error::Refusal,
    store::{Event, Quota, TicketType},
};

/// Adds a ticket type to an event.
pub struct CreateTicketType {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The event that gets the ticket type.
    pub event: EventId,
    /// Name and price of the ticket type.
    pub ticket_type: NewTicketType,
    /// The quota that provides its seats.
    pub quota: QuotaSource,
}

/// The quota that provides the seats of a new ticket type.
#[derive(Clone, Copy, Debug)]
pub enum QuotaSource {
    /// The event's first quota.
    First,
    /// This quota of the event.
    Existing(QuotaId),
    /// A new quota with this capacity, in seats.
    New(i64),
}

impl Resource for TicketType {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateTicketType {
    type Answer = TicketType;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        ["quotas", "ticket_types"].into_iter().for_each(|name| reads.counter(name));
        reads.find::<Quota>(&["event_id"], &self.event);
        reads.find::<TicketType>(&["event_id"], &self.event);
        if let Some(event) = reads.row::<Event>(self.event) {
            self.actor.read_set(event.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<TicketType, Refusal> {
        let event = work.get::<Event>(self.event).cloned().ok_or_else(|| not_found("event", self.event))?;
        self.actor.must_act_for(event.organizer_id, work)?;
        if work.find::<TicketType>(&["event_id"], &self.event).len() >= MAX_TICKET_TYPES {
            return Err(Refusal::TooManyTypes);
        }
        let quota = self.quota_id(&event, work)?;
        Ok(insert_ticket_type(work, &event, quota, &self.ticket_type))
    }
}

impl CreateTicketType {
    /// The quota that provides the seats. A new one is inserted and increments the version of the event.
    fn quota_id(&self, event: &Event, work: &mut UnitOfWork) -> Result<QuotaId, Refusal> {
        let mut known = work.find::<Quota>(&["event_id"], &self.event).into_iter().map(|quota| quota.id);
        match self.quota {
            QuotaSource::First => known.min().ok_or_else(|| not_found("quota of event", self.event)),
            QuotaSource::Existing(id) => known.find(|known| *known == id).ok_or_else(|| not_found("quota", id)),
            QuotaSource::New(capacity) => {
                let id = QuotaId::from(work.next_number("quotas"));
                let (event_id, organizer_id) = (event.id, event.organizer_id);
                work.insert(Quota { id, event_id, organizer_id, capacity, held: 0, sold: 0, version: 1 });
                increment_version(work, event_id)?;
                Ok(id)
            }
        }
    }
}

/// Replaces the name and the price of a ticket type. Seats that are held or sold keep their price.
pub struct ChangeTicketType {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The ticket type to change.
    pub id: TicketTypeId,
    /// The new name and price.
    pub ticket_type: NewTicketType,
}

impl Command for ChangeTicketType {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(ticket_type) = reads.row::<TicketType>(self.id) {
            self.actor.read_set(ticket_type.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let known = work.get::<TicketType>(self.id).ok_or_else(|| not_found("ticket type", self.id))?;
        self.actor.must_act_for(known.organizer_id, work)?;
        let row = work.edit::<TicketType>(self.id).ok_or_else(|| not_found("ticket type", self.id))?;
        row.name.clone_from(&self.ticket_type.name);
        row.price_minor = self.ticket_type.price_minor;
        Ok(())
    }
}

/// Deletes a ticket type that has no held or sold seats, while its event has another type. A quota that no other type
/// draws from is deleted with it.
pub struct DeleteTicketType {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The ticket type to delete.
    pub id: TicketTypeId,
    /// Whether seats of the type are held or sold. A quota counts the seats of all its types together, so the caller reads
    /// this from the holds and must make the command conditional on the version of the quota at that time.
    pub is_in_use: bool,
}

impl Command for DeleteTicketType {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(ticket_type) = reads.row::<TicketType>(self.id) {
            reads.find::<TicketType>(&["event_id"], &ticket_type.event_id);
            reads.row::<Event>(ticket_type.event_id);
            reads.row::<Quota>(ticket_type.quota_id);
            self.actor.read_set(ticket_type.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let ticket_type = work.get::<TicketType>(self.id).cloned().ok_or_else(|| not_found("ticket type", self.id))?;
        self.actor.must_act_for(ticket_type.organizer_id, work)?;
        if self.is_in_use {
            return Err(Refusal::InUse("seats of the ticket type are held or sold"));
        }
        let all = work.find::<TicketType>(&["event_id"], &ticket_type.event_id);
        let others: Vec<_> = all.into_iter().filter(|other| other.id != self.id).collect();
        if others.is_empty() {
            return Err(Refusal::LastOne("an event has at least one ticket type"));
        }
        if others.iter().all(|other| other.quota_id != ticket_type.quota_id) {
            work.delete::<Quota>(ticket_type.quota_id);
            increment_version(work, ticket_type.event_id)?;
        }
        work.delete::<TicketType>(self.id);
        Ok(())
    }
}
