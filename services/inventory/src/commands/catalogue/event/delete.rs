use boxoffice_contracts::EventId;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use crate::{
    commands::{Actor, catalogue::not_found},
    error::Refusal,
    store::{Event, Quota, TicketType},
};

/// Deletes an event that has no held or sold seats, with its ticket types and quotas. Holds that have ended keep their
/// lines.
pub struct DeleteEvent {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The event to delete.
    pub id: EventId,
}

impl Command for DeleteEvent {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.find::<Quota>(&["event_id"], &self.id);
        reads.find::<TicketType>(&["event_id"], &self.id);
        if let Some(event) = reads.row::<Event>(self.id) {
            self.actor.read_set(event.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let event = work.get::<Event>(self.id).ok_or_else(|| not_found("event", self.id))?;
        self.actor.must_act_for(event.organizer_id, work)?;
        let quotas = work.find::<Quota>(&["event_id"], &self.id);
        if quotas.iter().any(|quota| quota.seats().taken() > 0) {
            return Err(Refusal::InUse("seats of the event are held or sold"));
        }
        let quotas: Vec<_> = quotas.iter().map(|quota| quota.id).collect();
        let types: Vec<_> =
            work.find::<TicketType>(&["event_id"], &self.id).iter().map(|ticket_type| ticket_type.id).collect();
        for ticket_type in types {
            work.delete::<TicketType>(ticket_type);
        }
        for quota in quotas {
            work.delete::<Quota>(quota);
        }
        work.delete::<Event>(self.id);
        Ok(())
    }
}
