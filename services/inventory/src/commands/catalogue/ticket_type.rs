use boxoffice_contracts::EventId;
use boxoffice_writer::{Command, Moment, Need, Resource, World};

use super::{
    event::{NewTicketType, add_type},
    not_found,
};
use crate::{
    commands::Actor,
    error::Refusal,
    store::{Event, Quota, TicketType},
};

/// Adds a ticket type that draws from the event's first quota.
pub struct CreateTicketType {
    /// Who asks.
    pub actor: Actor,
    /// Of which event.
    pub event: EventId,
    /// What it is.
    pub kind: NewTicketType,
}

impl Resource for TicketType {
    fn resource(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateTicketType {
    type Answer = TicketType;
    type Refusal = Refusal;

    fn needs(&self, need: &mut Need<'_>) {
        need.counter("ticket_types");
        need.find::<Quota>(&["event_id"], &self.event);
        if let Some(event) = need.row::<Event>(self.event) {
            self.actor.needs(event.organizer_id, need);
        }
    }

    fn decide(&self, world: &mut World, _: &Moment) -> Result<TicketType, Refusal> {
        let event = world.get::<Event>(self.event).cloned().ok_or_else(|| not_found("event", self.event))?;
        self.actor.must_act_for(event.organizer_id, world)?;
        let quotas = world.find::<Quota>(&["event_id"], &self.event);
        let quota = quotas.iter().map(|quota| quota.id).min().expect("an event is made with its quota");
        Ok(add_type(world, &event, quota, &self.kind))
    }
}
