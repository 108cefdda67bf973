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

use super::shown::{EventOut, by_id};
use crate::{
    api::{App, actor},
    commands::{ChangeEvent, DeleteEvent},
    domain::{EventStatus, MAX_CAPACITY, is_time_zone},
    store::Event,
};

/// An event as it is to be, without its ticket types.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Summer Night", "description": "Moved to Saturday.", "startsAt": "2030-06-02T19:30:00Z",
    "timeZone": "Europe/Berlin", "status": "on_sale"}))]
pub struct EventChange {
    /// Who sells; it cannot be changed.
    #[garde(skip)]
    organizer_id: Option<OrganizerId>,
    /// Where; nowhere when it is left out.
    #[garde(skip)]
    venue_id: Option<VenueId>,
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// For people; none when it is left out.
    #[serde(default)]
    #[garde(length(chars, max = 10_000))]
    #[schema(max_length = 10_000)]
    description: String,
    /// When it begins; in the future, or as it was.
    #[garde(skip)]
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// IANA name of the time zone in which people read the time; as it was when it is left out.
    #[garde(inner(length(min = 1, max = 64), custom(is_time_zone)))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9/_+-]+$")]
    time_zone: Option<String>,
    /// Of all its prices; it cannot be changed.
    #[garde(skip)]
    currency: Option<Currency>,
    /// Whether it sells; as it was when it is left out.
    #[garde(skip)]
    status: Option<EventStatus>,
    /// Places, of an event with one quota; as they were when it is left out.
    #[garde(inner(range(min = 0, max = MAX_CAPACITY)))]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    capacity: Option<i64>,
}

/// Replace an event
///
/// Whole, but for its ticket types, which have paths of their own. `closed` ends the sale and `on_sale` begins it again;
/// who holds places may still buy them. `cancelled` is for good: nothing is sold any more, holds cannot be booked, and
/// bookings stay as they are until they are cancelled.
#[utoipa::path(put, path = "/api/v1/events/{id}", tag = "catalogue", request_body = EventChange,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the event has this ETag")),
    responses((status = 200, description = "The event", body = EventOut),
        (status = 409, description = "`capacity-taken`, `several-quotas` or `event-cancelled`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EventId>,
    if_match: IfMatch,
    body: Body<EventChange>,
) -> Result<(ETag, Json<EventOut>), Problem> {
    let actor = actor(&caller)?;
    let EventChange { organizer_id, venue_id, name, description, starts_at, time_zone, currency, status, capacity } =
        body.into_inner();
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
    by_id(&app, id).await.map(|(tag, event)| (tag, Json(event)))
}

/// Delete an event
///
/// With its ticket types, while none of its places is held or sold.
#[utoipa::path(delete, path = "/api/v1/events/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the event has this ETag")),
    responses((status = 204, description = "Deleted"),
        (status = 409, description = "`in-use`", body = Problem, content_type = "application/problem+json"), Problem),
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
