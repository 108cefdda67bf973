use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, QuotaId, TicketTypeId, VenueId};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use crate::{
    commands::{Actor, catalogue::not_found},
    domain::EventStatus,
    error::Refusal,
    store::{Event, Organizer, Quota, TicketType, Venue},
};

/// Creates an event on sale, with one quota of its capacity from which all its ticket types draw.
pub struct CreateEvent {
    /// The caller, who must be a member of the organizer or an operator.
    pub actor: Actor,
    /// The organizer that sells the tickets.
    pub organizer: OrganizerId,
    /// The venue, of any organizer; `None` for an event without a venue.
    pub venue: Option<VenueId>,
    /// The name that customers see.
    pub name: String,
    /// The description that customers see; may be empty.
    pub description: String,
    /// The start, in the future.
    pub starts_at: Timestamp,
    /// IANA time zone name in which customers read the start.
    pub time_zone: String,
    /// The currency of all prices.
    pub currency: Currency,
    /// The capacity, in seats.
    pub capacity: i64,
    /// The ticket types, at least one.
    pub ticket_types: Vec<NewTicketType>,
}

/// Name and price of a ticket type.
#[derive(Clone, Debug)]
pub struct NewTicketType {
    /// The name that customers see.
    pub name: String,
    /// The price of one ticket, in minor units of the event's currency.
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
        for ticket_type in &self.ticket_types {
            insert_ticket_type(work, &event, quota.id, ticket_type);
        }
        work.insert(quota);
        work.insert(event.clone());
        Ok(event)
    }
}

/// Inserts a ticket type of `event` that draws from the quota `quota_id`.
pub(in crate::commands::catalogue) fn insert_ticket_type(
    work: &mut UnitOfWork,
    event: &Event,
    quota_id: QuotaId,
    ticket_type: &NewTicketType,
) -> TicketType {
    let row = TicketType {
        id: TicketTypeId::from(work.next_number("ticket_types")),
        event_id: event.id,
        organizer_id: event.organizer_id,
        quota_id,
        name: ticket_type.name.clone(),
        price_minor: ticket_type.price_minor,
        currency: event.currency,
        version: 1,
    };
    work.insert(row.clone());
    row
}
