use boxoffice_contracts::{EventId, QuotaId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::not_found;
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Event, Quota},
};

/// Sets the capacity of an event that has one quota. Repeating it has no effect. A change increments the version of the
/// event.
pub struct SetCapacity {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The event whose capacity changes.
    pub event: EventId,
    /// The new capacity, in seats.
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
        if resize_event(work, self.event, self.capacity)? {
            increment_version(work, self.event)?;
        }
        Ok(())
    }
}

/// Sets the capacity of an event that has one quota. Returns `false` when the event has that capacity already.
///
/// # Errors
/// [`Refusal::SeveralQuotas`] and [`Refusal::CapacityTaken`].
pub(super) fn resize_event(work: &mut UnitOfWork, event: EventId, capacity: i64) -> Result<bool, Refusal> {
    let quotas = work.find::<Quota>(&["event_id"], &event);
    if quotas.iter().map(|quota| quota.capacity).sum::<i64>() == capacity {
        return Ok(false);
    }
    let [quota] = quotas.as_slice() else { return Err(Refusal::SeveralQuotas) };
    let id = quota.id;
    resize(work, id, capacity)?;
    Ok(true)
}

fn resize(work: &mut UnitOfWork, id: QuotaId, capacity: i64) -> Result<(), Refusal> {
    let quota = work.edit::<Quota>(id).ok_or_else(|| not_found("quota", id))?;
    quota.set_seats(quota.seats().resize(capacity)?);
    Ok(())
}

/// Counts a change of the event's quotas as a change of the event, so that its `ETag` changes.
pub(super) fn increment_version(work: &mut UnitOfWork, event: EventId) -> Result<(), Refusal> {
    // An edited row gets the next version even when no column differs.
    work.edit::<Event>(event).map(|_| ()).ok_or_else(|| not_found("event", event))
}

/// Sets the capacity of one quota. Repeating it has no effect. A change increments the version of the quota's event too.
pub struct SetQuota {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The quota whose capacity changes.
    pub id: QuotaId,
    /// The new capacity, in seats.
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
        let event = quota.event_id;
        self.actor.must_act_for(quota.organizer_id, work)?;
        if quota.capacity != self.capacity {
            resize(work, self.id, self.capacity)?;
            increment_version(work, event)?;
        }
        Ok(())
    }
}
