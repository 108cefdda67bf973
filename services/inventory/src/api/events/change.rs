use axum::{Json, extract::State, http::StatusCode};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, VenueId};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, ETag, IfMatch, Path},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::responses::{EventResponse, read_by_id};
use crate::{
    api::{App, actor},
    commands::{ChangeEvent, DeleteEvent},
    domain::{EventStatus, MAX_CAPACITY, is_time_zone},
    store::Event,
};

/// The new values of an event. Ticket types have endpoints of their own.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Summer Night", "description": "Moved to Saturday.", "startsAt": "2030-06-02T19:30:00Z",
    "timeZone": "Europe/Berlin", "status": "on_sale"}))]
pub struct ChangeEventRequest {
    /// The organizer. It cannot be changed.
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
    /// The start. A new start must be in the future.
    #[garde(skip)]
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// IANA time zone name in which customers read the start. Default: unchanged.
    #[garde(inner(length(min = 1, max = 64), custom(is_time_zone)))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9/_+-]+$")]
    time_zone: Option<String>,
    /// The currency of all prices. It cannot be changed.
    #[garde(skip)]
    currency: Option<Currency>,
    /// Whether tickets can be bought. Default: unchanged.
    #[garde(skip)]
    status: Option<EventStatus>,
    /// The number of seats, for an event with one quota. Default: unchanged.
    #[garde(inner(range(min = 0, max = MAX_CAPACITY)))]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    capacity: Option<i64>,
}

/// Replace an event
///
/// Replaces all fields except the ticket types, which have endpoints of their own. `closed` stops the sale and `on_sale`
/// resumes it; owners of holds may still buy their seats. `cancelled` is final: no tickets are sold, holds cannot be
/// booked, and existing bookings stay until they are cancelled.
#[utoipa::path(put, path = "/api/v1/events/{id}", tag = "catalogue", request_body = ChangeEventRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the event only while it has this ETag")),
    responses((status = 200, description = "The event", body = EventResponse),
        (status = 409, description = "`capacity-taken`, `several-quotas` or `event-cancelled`")),
    security(("bearer" = ["organizer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EventId>,
    if_match: IfMatch,
    body: Body<ChangeEventRequest>,
) -> Result<(ETag, Json<EventResponse>), Problem> {
    let actor = actor(&caller)?;
    let ChangeEventRequest {
        organizer_id,
        venue_id,
        name,
        description,
        starts_at,
        time_zone,
        currency,
        status,
        capacity,
    } = body.into_inner();
    let (organizer, venue) = (organizer_id, venue_id);
    let command = ChangeEvent {
        actor,
        id,
        organizer,
        currency,
        venue,
        name,
        description,
        starts_at,
        time_zone,
        status,
        capacity,
    };
    app.writer.run(caller.origin, if_match.guard::<Event, _>(id, command)).await?;
    read_by_id(&app, id).await.map(|(tag, event)| (tag, Json(event)))
}

/// Delete an event
///
/// Deletes the event with its ticket types. Answers 409 while seats are held or sold.
#[utoipa::path(delete, path = "/api/v1/events/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the event only while it has this ETag")),
    responses((status = 204, description = "Deleted"),
        (status = 409, description = "`in-use`")),
    security(("bearer" = ["organizer"])))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EventId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let command = DeleteEvent { actor: actor(&caller)?, id };
    app.writer.run(caller.origin, if_match.guard::<Event, _>(id, command)).await?;
    Ok(StatusCode::NO_CONTENT)
}
