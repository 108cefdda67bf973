use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, QuotaId, TicketTypeId, VenueId};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use crate::{
    commands::{Actor, catalogue::not_found},
    domain::EventStatus,
    error::Refusal,
    store::{Event, Organizer, Quota, TicketType, Venue},
};

/// Makes an event with its ticket types, which draw from one quota of its capacity.
pub struct CreateEvent {
    /// Who asks.
    pub actor: Actor,
    /// Who sells.
    pub organizer: OrganizerId,
    /// Where; any organizer's venue.
    pub venue: Option<VenueId>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// IANA name.
    pub time_zone: String,
    /// Of all its prices.
    pub currency: Currency,
    /// Places.
    pub capacity: i64,
    /// At least one.
    pub ticket_types: Vec<NewTicketType>,
}

/// A kind of ticket that is to be.
#[derive(Clone, Debug)]
pub struct NewTicketType {
    /// For people.
    pub name: String,
    /// Of one ticket, in minor units.
    pub price_minor: i64,
}

impl Resource for Event {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateEvent {
    type Answer = Event;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        ["events", "quotas", "ticket_types"].into_iter().for_each(|name| reads.counter(name));
        reads.row::<Organizer>(self.organizer);
        self.actor.read_set(self.organizer, reads);
        if let Some(venue) = self.venue {
            reads.row::<Venue>(venue);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Event, Refusal> {
        work.get::<Organizer>(self.organizer).ok_or_else(|| not_found("organizer", self.organizer))?;
        self.actor.must_act_for(self.organizer, work)?;
        if self.starts_at <= context.now {
            return Err(Refusal::PastStart);
        }
        if let Some(venue) = self.venue {
            work.get::<Venue>(venue).ok_or_else(|| not_found("venue", venue))?;
        }
        let event = Event {
            id: EventId::from(work.next_number("events")),
            organizer_id: self.organizer,
            venue_id: self.venue,
            name: self.name.clone(),
            description: self.description.clone(),
            starts_at: self.starts_at,
            time_zone: self.time_zone.clone(),
            currency: self.currency,
            status: EventStatus::OnSale,
            version: 1,
        };
        let quota = Quota {
            id: QuotaId::from(work.next_number("quotas")),
            event_id: event.id,
            organizer_id: self.organizer,
            capacity: self.capacity,
            held: 0,
            sold: 0,
            version: 1,
        };
        for kind in &self.ticket_types {
            add_type(work, &event, quota.id, kind);
        }
        work.insert(quota);
        work.insert(event.clone());
        Ok(event)
    }
}

/// Adds a ticket type to an event.
pub(in crate::commands::catalogue) fn add_type(
    work: &mut UnitOfWork,
    event: &Event,
    quota_id: QuotaId,
    kind: &NewTicketType,
) -> TicketType {
    let row = TicketType {
        id: TicketTypeId::from(work.next_number("ticket_types")),
        event_id: event.id,
        organizer_id: event.organizer_id,
        quota_id,
        name: kind.name.clone(),
        price_minor: kind.price_minor,
        currency: event.currency,
        version: 1,
    };
    work.insert(row.clone());
    row
}
