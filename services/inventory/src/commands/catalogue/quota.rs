use boxoffice_contracts::{EventId, QuotaId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.find::<Quota>(&["event_id"], &self.event);
        if let Some(event) = reads.row::<Event>(self.event) {
            self.actor.read_set(event.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let event = work.get::<Event>(self.event).ok_or_else(|| not_found("event", self.event))?;
        self.actor.must_act_for(event.organizer_id, work)?;
        if resize(work, self.event, self.capacity)? {
            work.edit::<Event>(self.event).expect("it was there a moment ago");
        }
        Ok(())
    }
}

/// Makes the capacity of an event whose places are in one quota `capacity`; `false` when it is that already.
pub(super) fn resize(work: &mut UnitOfWork, event: EventId, capacity: i64) -> Result<bool, Refusal> {
    let quotas = work.find::<Quota>(&["event_id"], &event);
    if quotas.iter().map(|quota| quota.capacity).sum::<i64>() == capacity {
        return Ok(false);
    }
    let [quota] = quotas.as_slice() else { return Err(Refusal::SeveralQuotas) };
    let id = quota.id;
    work.edit::<Quota>(id).expect("it was found a moment ago").resize(capacity)?;
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

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if let Some(quota) = reads.row::<Quota>(self.id) {
            reads.row::<Event>(quota.event_id);
            self.actor.read_set(quota.organizer_id, reads);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, _: &CommandContext) -> Result<(), Refusal> {
        let quota = work.get::<Quota>(self.id).ok_or_else(|| not_found("quota", self.id))?;
        self.actor.must_act_for(quota.organizer_id, work)?;
        if quota.capacity != self.capacity {
            let event = quota.event_id;
            work.edit::<Quota>(self.id).expect("it was there a moment ago").resize(self.capacity)?;
            work.edit::<Event>(event).expect("a quota goes with its event");
        }
        Ok(())
    }
}
