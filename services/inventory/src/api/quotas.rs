//! Numbers of places that ticket types draw from.

use axum::{Json, extract::State};
use boxoffice_contracts::{EventId, QuotaId};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, ETag, IfMatch, Path},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{App, actor, events::Capacity, found};
use crate::{
    commands::SetQuota,
    store::{self, Event, Quota},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read, set))
}

/// A number of places that one or more ticket types of an event draw from.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": 1, "eventId": 1, "capacity": 500, "available": 498, "held": 0, "sold": 2}))]
pub struct QuotaOut {
    id: QuotaId,
    event_id: EventId,
    /// How many there are.
    capacity: i64,
    /// Places that can still be taken: capacity less held less sold.
    available: i64,
    /// Places that buyers have for a while.
    held: i64,
    /// Places that are paid.
    sold: i64,
}

impl From<&Quota> for QuotaOut {
    fn from(quota: &Quota) -> Self {
        let available = quota.available();
        let Quota { id, event_id, capacity, held, sold, .. } = *quota;
        Self { id, event_id, capacity, available, held, sold }
    }
}

/// List the quotas of an event
///
/// All of them, by id, with how many of their places are held and sold.
#[utoipa::path(get, path = "/api/v1/events/{id}/quotas", tag = "catalogue",
    params(("id" = i64, Path, description = "The event", minimum = 1, example = 1)),
    responses((status = 200, description = "All of them, the first one first", body = Vec<QuotaOut>), Problem),
    security(("bearer" = [])))]
async fn list(State(app): State<App>, _: Caller, Path(event): Path<EventId>) -> Result<Json<Vec<QuotaOut>>, Problem> {
    found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let (_, quotas) = store::types_and_quotas(app.writer.database(), event).await?;
    Ok(Json(quotas.iter().map(QuotaOut::from).collect()))
}

/// Read a quota
///
/// Its `ETag` changes with everything that it shows, and so with every place that is taken or given back.
#[utoipa::path(get, path = "/api/v1/quotas/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The quota", body = QuotaOut), Problem),
    security(("bearer" = [])))]
async fn read(State(app): State<App>, _: Caller, Path(id): Path<QuotaId>) -> Result<(ETag, Json<QuotaOut>), Problem> {
    by_id(&app, id).await
}

/// Set the capacity of a quota
///
/// Absolute, so that a repetition does nothing more. 409 below what is held and sold.
#[utoipa::path(put, path = "/api/v1/quotas/{id}", tag = "catalogue", request_body = Capacity,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the quota has this ETag")),
    responses((status = 200, description = "The quota", body = QuotaOut),
        (status = 409, description = "`capacity-taken`", body = Problem, content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["organizer"])))]
async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<QuotaId>,
    if_match: IfMatch,
    body: Body<Capacity>,
) -> Result<(ETag, Json<QuotaOut>), Problem> {
    let command = SetQuota { actor: actor(&caller)?, id, capacity: body.capacity };
    app.writer.run(caller.origin, if_match.guard::<Quota, _>(id, command)).await?;
    by_id(&app, id).await
}

async fn by_id(app: &App, id: QuotaId) -> Result<(ETag, Json<QuotaOut>), Problem> {
    let quota = found(app.writer.database().get::<Quota>(id).await?, "quota", id)?;
    Ok((ETag(quota.version), Json(QuotaOut::from(&quota))))
}
