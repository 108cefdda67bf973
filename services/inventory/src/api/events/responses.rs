use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, VenueId};
use boxoffice_http::{Problem, extract::ETag};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{App, found, ticket_types::TicketTypeResponse},
    domain::EventStatus,
    store::{self, Event, EventDetails, Quota, Venue},
};

/// An event with its venue, ticket types and seats.
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
pub struct EventResponse {
    id: EventId,
    organizer_id: OrganizerId,
    venue_id: Option<VenueId>,
    /// The venue with the id `venueId`; null without a venue.
    venue: Option<EventVenueResponse>,
    #[schema(example = "Summer Night")]
    name: String,
    description: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    currency: Currency,
    /// The number of seats of all quotas.
    capacity: i64,
    /// The number of seats that can be bought: capacity minus held minus sold.
    available: i64,
    /// The number of seats in holds and in orders that are not paid yet.
    held: i64,
    /// The number of seats that are paid.
    sold: i64,
    status: EventStatus,
    ticket_types: Vec<TicketTypeResponse>,
}

/// The venue of an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventVenueResponse {
    id: VenueId,
    #[schema(example = "Waldbühne")]
    name: String,
    address: String,
    /// The number of seats of the building. It does not limit the capacity of events.
    total_capacity: i64,
}

impl From<&Venue> for EventVenueResponse {
    fn from(Venue { id, name, address, total_capacity, .. }: &Venue) -> Self {
        Self { id: *id, name: name.clone(), address: address.clone(), total_capacity: *total_capacity }
    }
}

impl EventResponse {
    /// The response for `event`. `details` may contain the details of other events too.
    pub fn of(event: Event, details: &EventDetails) -> Self {
        let quotas: Vec<Quota> = details.quotas.iter().filter(|quota| quota.event_id == event.id).cloned().collect();
        let sum = |part: fn(&Quota) -> i64| quotas.iter().map(part).sum();
        let types = details.types.iter().filter(|ticket_type| ticket_type.event_id == event.id);
        let venue = details.venues.iter().find(|venue| Some(venue.id) == event.venue_id);
        Self {
            id: event.id,
            organizer_id: event.organizer_id,
            venue_id: event.venue_id,
            venue: venue.map(EventVenueResponse::from),
            name: event.name,
            description: event.description,
            starts_at: event.starts_at,
            time_zone: event.time_zone,
            currency: event.currency,
            capacity: sum(|quota| quota.capacity),
            available: sum(|quota| quota.seats().available()),
            held: sum(|quota| quota.held),
            sold: sum(|quota| quota.sold),
            status: event.status,
            ticket_types: types.map(|ticket_type| TicketTypeResponse::of(ticket_type, &quotas)).collect(),
        }
    }
}

/// The response and the `ETag` of an event.
///
/// # Errors
/// 404 when there is no event `id`.
pub async fn read_by_id(app: &App, id: EventId) -> Result<(ETag, EventResponse), Problem> {
    let database = app.writer.database();
    let event = found(database.get::<Event>(id).await?, "event", id)?;
    let details = store::event_details(database, std::slice::from_ref(&event)).await?;
    Ok((ETag(event.version), EventResponse::of(event, &details)))
}
