use axum::{Json, extract::State};
use boxoffice_contracts::EventId;
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
    commands::SetCapacity,
    domain::MAX_CAPACITY,
    store::Event,
};

/// How many places there are to be.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"capacity": 750}))]
pub struct Capacity {
    /// Places.
    #[garde(range(min = 0, max = MAX_CAPACITY))]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub capacity: i64,
}

/// Set an event's capacity
///
/// Absolute, so that a repetition does nothing more. 409 below what is held and sold, and where the event has several
/// quotas: set the capacity of one of them then.
#[utoipa::path(put, path = "/api/v1/events/{id}/capacity", tag = "catalogue", request_body = Capacity,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the event has this ETag")),
    responses((status = 200, description = "The event", body = EventOut),
        (status = 409, description = "`capacity-taken` or `several-quotas`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn set_capacity(
    State(app): State<App>,
    caller: Caller,
    Path(event): Path<EventId>,
    if_match: IfMatch,
    body: Body<Capacity>,
) -> Result<(ETag, Json<EventOut>), Problem> {
    let command = SetCapacity { actor: actor(&caller)?, event, capacity: body.capacity };
    app.writer.run(caller.origin, if_match.guard::<Event, _>(event, command)).await?;
    by_id(&app, event).await.map(|(tag, event)| (tag, Json(event)))
}
