use boxoffice_contracts::{EventId, QuotaId, TicketTypeId};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{
    event::{NewTicketType, add_type},
    not_found,
};
use crate::{
    commands::Actor,
    domain::MAX_TYPES,
    error::Refusal,
    store::{Event, Quota, TicketType},
};

/// Adds a ticket type to an event.
pub struct CreateTicketType {
    /// Who asks.
    pub actor: Actor,
    /// Of which event.
    pub event: EventId,
    /// What it is.
    pub kind: NewTicketType,
    /// Where its places come from.
    pub places: Places,
}

/// Where the places of a ticket type come from.
#[derive(Clone, Copy, Debug)]
pub enum Places {
    /// The event's first quota.
    First,
    /// This quota of the event.
    Of(QuotaId),
    /// A quota of its own, of this capacity.
    Own(i64),
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
        if work.find::<TicketType>(&["event_id"], &self.event).len() >= MAX_TYPES {
            return Err(Refusal::TooManyTypes);
        }
        let quota = self.quota(&event, work)?;
        Ok(add_type(work, &event, quota, &self.kind))
    }
}

impl CreateTicketType {
    /// The quota to draw from, made where it is to be its own; that is a change of the event.
    fn quota(&self, event: &Event, work: &mut UnitOfWork) -> Result<QuotaId, Refusal> {
        let mut known = work.find::<Quota>(&["event_id"], &self.event).into_iter().map(|quota| quota.id);
        match self.places {
            Places::First => Ok(known.min().expect("an event is made with its quota")),
            Places::Of(id) => known.find(|known| *known == id).ok_or_else(|| not_found("quota", id)),
            Places::Own(capacity) => {
                let id = QuotaId::from(work.next_number("quotas"));
                let (event_id, organizer_id) = (event.id, event.organizer_id);
                work.insert(Quota { id, event_id, organizer_id, capacity, held: 0, sold: 0, version: 1 });
                work.edit::<Event>(event_id).expect("it was there a moment ago");
                Ok(id)
            }
        }
    }
}

/// Replaces the name and the price of a ticket type. What is held or sold keeps its price.
pub struct ChangeTicketType {
    /// Who asks.
    pub actor: Actor,
    /// Which type.
    pub id: TicketTypeId,
    /// What it is to be.
    pub kind: NewTicketType,
}

impl Command for ChangeTicketType {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(kind) = reads.row::<TicketType>(self.id) {
            self.actor.read_set(kind.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let known = work.get::<TicketType>(self.id).ok_or_else(|| not_found("ticket type", self.id))?;
        self.actor.must_act_for(known.organizer_id, work)?;
        let known = work.edit::<TicketType>(self.id).expect("it was there a moment ago");
        known.name.clone_from(&self.kind.name);
        known.price_minor = self.kind.price_minor;
        Ok(())
    }
}

/// Takes a ticket type away, while nobody has places of it and the event has another one. A quota from which no other
/// type draws goes with it.
pub struct DeleteTicketType {
    /// Who asks.
    pub actor: Actor,
    /// Which type.
    pub id: TicketTypeId,
    /// Whether places of it are held or sold. A quota counts the places of all its types together, so this is found out
    /// before; it is true as long as the quota has the version that was seen then, which the caller has to demand.
    pub is_in_use: bool,
}

impl Command for DeleteTicketType {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(kind) = reads.row::<TicketType>(self.id) {
            reads.find::<TicketType>(&["event_id"], &kind.event_id);
            reads.row::<Event>(kind.event_id);
            reads.row::<Quota>(kind.quota_id);
            self.actor.read_set(kind.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let kind = work.get::<TicketType>(self.id).cloned().ok_or_else(|| not_found("ticket type", self.id))?;
        self.actor.must_act_for(kind.organizer_id, work)?;
        if self.is_in_use {
            return Err(Refusal::InUse("places of the ticket type are held or sold"));
        }
        let all = work.find::<TicketType>(&["event_id"], &kind.event_id);
        let others: Vec<_> = all.into_iter().filter(|other| other.id != self.id).collect();
        if others.is_empty() {
            return Err(Refusal::LastOne("an event has at least one ticket type"));
        }
        if others.iter().all(|other| other.quota_id != kind.quota_id) {
            work.delete::<Quota>(kind.quota_id);
            work.edit::<Event>(kind.event_id).expect("a ticket type goes with its event");
        }
        work.delete::<TicketType>(self.id);
        Ok(())
    }
}
