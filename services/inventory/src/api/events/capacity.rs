use axum::{Json, extract::State};
use boxoffice_contracts::EventId;
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
    commands::SetCapacity,
    domain::MAX_CAPACITY,
    store::Event,
};

/// The new capacity of an event or a quota.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"capacity": 750}))]
pub struct SetCapacityRequest {
    /// The number of seats.
    #[garde(range(min = 0, max = MAX_CAPACITY))]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub capacity: i64,
}

/// Set the capacity of an event
///
/// The value is absolute, so repeating the request has no effect. Answers 409 when more seats are held or sold, and when
/// the event has several quotas: set the capacity of one quota instead.
#[utoipa::path(put, path = "/api/v1/events/{id}/capacity", tag = "catalogue", request_body = SetCapacityRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the event only while it has this ETag")),
    responses((status = 200, description = "The event", body = EventResponse),
        (status = 409, description = "`capacity-taken` or `several-quotas`")),
    security(("bearer" = ["organizer"])))]
pub async fn set_capacity(
    State(app): State<App>,
    caller: Caller,
    Path(event): Path<EventId>,
    if_match: IfMatch,
    body: Body<SetCapacityRequest>,
) -> Result<(ETag, Json<EventResponse>), Problem> {
    let command = SetCapacity { actor: actor(&caller)?, event, capacity: body.capacity };
    app.writer.run(caller.origin, if_match.guard::<Event, _>(event, command)).await?;
    read_by_id(&app, event).await.map(|(tag, event)| (tag, Json(event)))
}
