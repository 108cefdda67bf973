use boxoffice_contracts::EventId;
use boxoffice_writer::{Command, Moment, Need, World};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Event, Quota},
};

/// Sets the capacity of an event whose places are in one quota. Repeated, it does nothing. It is a change of the event,
/// whose version counts it.
pub struct SetCapacity {
    /// Who asks.
    pub actor: Actor,
    /// Of which event.
    pub event: EventId,
    /// Places that there are to be.
    pub capacity: i64,
}

impl Command for SetCapacity {
    type Answer = Event;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.find::<Quota>(&["event_id"], &self.event);
        if let Some(event) = need.row::<Event>(self.event) {
            self.actor.needs(event.organizer_id, need);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<Event, Refusal> {
        let event = world.get::<Event>(self.event).cloned().ok_or_else(|| not_found("event", self.event))?;
        self.actor.must_act_for(event.organizer_id, world)?;
        let quotas = world.find::<Quota>(&["event_id"], &self.event);
        let [quota] = quotas.as_slice() else { return Err(Refusal::SeveralQuotas) };
        let (id, before) = (quota.id, quota.capacity);
        if before == self.capacity {
            return Ok(event);
        }
        world.edit::<Quota>(id).expect("it was found a moment ago").resize(self.capacity)?;
        Ok(world.edit::<Event>(self.event).expect("it was there a moment ago").clone())
    }
}
