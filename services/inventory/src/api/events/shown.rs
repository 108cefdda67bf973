use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, VenueId};
use boxoffice_http::{Problem, extract::ETag};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{App, found, ticket_types::TypeOut},
    domain::EventStatus,
    store::{self, Event, Quota, Surroundings, Venue},
};

/// What tickets are sold for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "organizerId": 1, "venueId": 1,
    "venue": {"id": 1, "name": "Waldbühne", "address": "Glockenturmstraße 1, Berlin", "totalCapacity": 22000},
    "name": "Summer Night", "description": "Open air, from dusk till late.", "startsAt": "2030-06-01T19:30:00Z",
    "timeZone": "Europe/Berlin", "currency": "EUR", "capacity": 500, "available": 498, "held": 0, "sold": 2,
    "status": "on_sale", "ticketTypes": [{
        "id": 1, "eventId": 1, "quotaId": 1, "name": "General", "price": 25.5, "currency": "EUR", "available": 498
    }]
}))]
pub struct EventOut {
    id: EventId,
    organizer_id: OrganizerId,
    venue_id: Option<VenueId>,
    /// The venue of that id.
    venue: Option<EventVenue>,
    #[schema(example = "Summer Night")]
    name: String,
    description: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    currency: Currency,
    /// Places of all its quotas.
    capacity: i64,
    /// Places that can still be taken: capacity less held less sold.
    available: i64,
    /// Places that buyers have for a while.
    held: i64,
    /// Places that are paid.
    sold: i64,
    status: EventStatus,
    ticket_types: Vec<TypeOut>,
}

/// Where an event takes place.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventVenue {
    id: VenueId,
    #[schema(example = "Waldbühne")]
    name: String,
    address: String,
    /// Places of the house; does not bind its events.
    total_capacity: i64,
}

impl From<&Venue> for EventVenue {
    fn from(Venue { id, name, address, total_capacity, .. }: &Venue) -> Self {
        Self { id: *id, name: name.clone(), address: address.clone(), total_capacity: *total_capacity }
    }
}

impl EventOut {
    /// The event with what belongs to it of `around`, which may hold other events' as well.
    pub fn of(event: Event, around: &Surroundings) -> Self {
        let quotas: Vec<Quota> = around.quotas.iter().filter(|quota| quota.event_id == event.id).cloned().collect();
        let sum = |part: fn(&Quota) -> i64| quotas.iter().map(part).sum();
        let types = around.types.iter().filter(|kind| kind.event_id == event.id);
        let venue = around.venues.iter().find(|venue| Some(venue.id) == event.venue_id);
        Self {
            id: event.id,
            organizer_id: event.organizer_id,
            venue_id: event.venue_id,
            venue: venue.map(EventVenue::from),
            name: event.name,
            description: event.description,
            starts_at: event.starts_at,
            time_zone: event.time_zone,
            currency: event.currency,
            capacity: sum(|quota| quota.capacity),
            available: sum(Quota::available),
            held: sum(|quota| quota.held),
            sold: sum(|quota| quota.sold),
            status: event.status,
            ticket_types: types.map(|kind| TypeOut::of(kind, &quotas)).collect(),
        }
    }
}

/// The event of an id that a client named, or 404.
pub async fn by_id(app: &App, id: EventId) -> Result<(ETag, EventOut), Problem> {
    let database = app.writer.database();
    let event = found(database.get::<Event>(id).await?, "event", id)?;
    let around = store::around(database, std::slice::from_ref(&event)).await?;
    Ok((ETag(event.version), EventOut::of(event, &around)))
}
