use boxoffice_contracts::{EventId, QuotaId};
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
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.find::<Quota>(&["event_id"], &self.event);
        if let Some(event) = need.row::<Event>(self.event) {
            self.actor.needs(event.organizer_id, need);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Refusal> {
        let event = world.get::<Event>(self.event).ok_or_else(|| not_found("event", self.event))?;
        self.actor.must_act_for(event.organizer_id, world)?;
        if resize(world, self.event, self.capacity)? {
            world.edit::<Event>(self.event).expect("it was there a moment ago");
        }
        Ok(())
    }
}

/// Makes the capacity of an event whose places are in one quota `capacity`; `false` when it is that already.
pub(super) fn resize(world: &mut World, event: EventId, capacity: i64) -> Result<bool, Refusal> {
    let quotas = world.find::<Quota>(&["event_id"], &event);
    if quotas.iter().map(|quota| quota.capacity).sum::<i64>() == capacity {
        return Ok(false);
    }
    let [quota] = quotas.as_slice() else { return Err(Refusal::SeveralQuotas) };
    let id = quota.id;
    world.edit::<Quota>(id).expect("it was found a moment ago").resize(capacity)?;
    Ok(true)
}

/// Sets the capacity of one quota. Repeated, it does nothing. It is a change of the quota's event too.
pub struct SetQuota {
    /// Who asks.
    pub actor: Actor,
    /// Which quota.
    pub id: QuotaId,
    /// Places that there are to be.
    pub capacity: i64,
}

impl Command for SetQuota {
    type Answer = ();
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        if let Some(quota) = need.row::<Quota>(self.id) {
            need.row::<Event>(quota.event_id);
            self.actor.needs(quota.organizer_id, need);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<(), Refusal> {
        let quota = world.get::<Quota>(self.id).ok_or_else(|| not_found("quota", self.id))?;
        self.actor.must_act_for(quota.organizer_id, world)?;
        if quota.capacity != self.capacity {
            let event = quota.event_id;
            world.edit::<Quota>(self.id).expect("it was there a moment ago").resize(self.capacity)?;
            world.edit::<Event>(event).expect("a quota goes with its event");
        }
        Ok(())
    }
}
