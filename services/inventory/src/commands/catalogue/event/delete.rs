use boxoffice_contracts::EventId;
use boxoffice_writer::{Command, Moment, Need, World};

use crate::{
    commands::{Actor, catalogue::not_found},
    error::Refusal,
    store::{Event, Quota, TicketType},
};

/// Takes an event away with its ticket types and quotas, while nobody has places of it. The rows go: whoever comes for
/// places afterwards finds nothing, and holds that have ended keep what they say in their lines.
pub struct DeleteEvent {
    /// Who asks.
    pub actor: Actor,
    /// Which event.
    pub id: EventId,
}

impl Command for DeleteEvent {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.find::<Quota>(&["event_id"], &self.id);
        need.find::<TicketType>(&["event_id"], &self.id);
        if let Some(event) = need.row::<Event>(self.id) {
            self.actor.needs(event.organizer_id, need);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Refusal> {
        let event = world.get::<Event>(self.id).ok_or_else(|| not_found("event", self.id))?;
        self.actor.must_act_for(event.organizer_id, world)?;
        let quotas = world.find::<Quota>(&["event_id"], &self.id);
        if quotas.iter().any(|quota| quota.taken() > 0) {
            return Err(Refusal::InUse("places of the event are held or sold"));
        }
        let quotas: Vec<_> = quotas.iter().map(|quota| quota.id).collect();
        let types: Vec<_> = world.find::<TicketType>(&["event_id"], &self.id).iter().map(|kind| kind.id).collect();
        for kind in types {
            world.delete::<TicketType>(kind);
        }
        for quota in quotas {
            world.delete::<Quota>(quota);
        }
        world.delete::<Event>(self.id);
        Ok(())
    }
}
