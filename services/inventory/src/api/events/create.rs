use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, OrganizerId, VenueId};
use boxoffice_http::{
    Outcome, Problem, created,
    extract::{Body, Caller, IdempotencyKeyHeader},
    run_idempotent_for_id,
};
use boxoffice_writer::Idempotent;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::responses::{EventResponse, read_by_id};
use crate::{
    api::{App, actor, organizer, ticket_types::TicketTypeRequest},
    commands::{CreateEvent, NewTicketType},
    domain::{MAX_CAPACITY, is_time_zone},
};

/// The fields of a new event.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Summer Night", "startsAt": "2030-06-01T19:30:00Z", "timeZone": "Europe/Berlin",
    "currency": "EUR", "capacity": 500, "ticketTypes": [{"name": "General", "price": 25.50}]}))]
pub struct CreateEventRequest {
    /// The organizer that sells the tickets. Default: the only organizer that the token acts for, otherwise organizer 1.
    #[garde(skip)]
    organizer_id: Option<OrganizerId>,
    /// The venue. Default: no venue.
    #[garde(skip)]
    venue_id: Option<VenueId>,
    /// The name that customers see.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The description that customers see. Default: empty.
    #[serde(default)]
    #[garde(length(chars, max = 10_000))]
    #[schema(max_length = 10_000)]
    description: String,
    /// The start, in the future.
    #[garde(skip)]
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// IANA time zone name in which customers read the start. Default: the setting `inventory.time_zone`.
    #[garde(inner(length(min = 1, max = 64), custom(is_time_zone)))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9/_+-]+$")]
    time_zone: Option<String>,
    /// The currency of all prices. Default: the setting `inventory.currency`.
    #[garde(skip)]
    currency: Option<Currency>,
    /// The number of seats.
    #[garde(range(min = 1, max = MAX_CAPACITY))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    capacity: i64,
    /// The ticket types. Default: one type "General" with price 0.
    #[serde(default)]
    #[garde(length(max = 100), dive)]
    #[schema(max_items = 100)]
    ticket_types: Vec<TicketTypeRequest>,
}

/// Create an event
///
/// Creates the event with its ticket types, which draw from one quota of its capacity. The event is on sale immediately.
#[utoipa::path(post, path = "/api/v1/events", tag = "catalogue", request_body = CreateEventRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 201, description = "Created", body = EventResponse)),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<CreateEventRequest>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, "POST /events", &body);
    let organizer = organizer(&app, &caller, body.organizer_id).await?;
    let new = body.into_inner();
    let currency = new.currency.unwrap_or(app.settings.currency);
    let command = CreateEvent {
        actor,
        organizer,
        venue: new.venue_id,
        name: new.name,
        description: new.description,
        starts_at: new.starts_at,
        time_zone: new.time_zone.unwrap_or_else(|| app.settings.time_zone.clone()),
        currency,
        capacity: new.capacity,
        ticket_types: priced(new.ticket_types, currency)?,
    };
    let Outcome { value: id, replayed } =
        run_idempotent_for_id(&app.writer, caller.origin, Idempotent { key, command }).await?;
    let (tag, event) = read_by_id(&app, id).await?;
    Ok((tag, created(&format!("/api/v1/events/{id}"), replayed, &event)).into_response())
}

fn priced(types: Vec<TicketTypeRequest>, currency: Currency) -> Result<Vec<NewTicketType>, Problem> {
    if types.is_empty() {
        return Ok(vec![NewTicketType { name: "General".into(), price_minor: 0 }]);
    }
    let priced = |(index, ticket_type): (usize, TicketTypeRequest)| {
        ticket_type.priced(currency, &format!("ticketTypes[{index}].price"))
    };
    types.into_iter().enumerate().map(priced).collect()
}
