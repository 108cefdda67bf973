//! Quotas: pools of seats that the ticket types of an event share.

use axum::{Json, extract::State};
use boxoffice_contracts::{EventId, QuotaId};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, ETag, IfMatch, Path},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{App, actor, events::SetCapacityRequest, found};
use crate::{
    commands::SetQuota,
    store::{self, Event, Quota},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read, set))
}

/// A pool of seats that one or more ticket types of an event share.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": 1, "eventId": 1, "capacity": 500, "available": 498, "held": 0, "sold": 2}))]
pub struct QuotaResponse {
    id: QuotaId,
    event_id: EventId,
    /// The number of seats.
    capacity: i64,
    /// The number of seats that can be bought: capacity minus held minus sold.
    available: i64,
    /// The number of seats in holds and in orders that are not paid yet.
    held: i64,
    /// The number of seats that are paid.
    sold: i64,
}

impl From<&Quota> for QuotaResponse {
    fn from(quota: &Quota) -> Self {
        let available = quota.seats().available();
        let Quota { id, event_id, capacity, held, sold, .. } = *quota;
        Self { id, event_id, capacity, available, held, sold }
    }
}

/// List the quotas of an event
///
/// Returns all quotas of the event, by id, with their held and sold seats.
#[utoipa::path(get, path = "/api/v1/events/{id}/quotas", tag = "catalogue",
    params(("id" = i64, Path, description = "The event", minimum = 1, example = 1)),
    responses((status = 200, description = "All quotas of the event, by id", body = Vec<QuotaResponse>)),
    security(("bearer" = [])))]
async fn list(
    State(app): State<App>,
    _: Caller,
    Path(event): Path<EventId>,
) -> Result<Json<Vec<QuotaResponse>>, Problem> {
    found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let (_, quotas) = store::types_and_quotas(app.writer.database(), event).await?;
    Ok(Json(quotas.iter().map(QuotaResponse::from).collect()))
}

/// Read a quota
///
/// The `ETag` changes with every field, and so with every seat that is held, sold or released.
#[utoipa::path(get, path = "/api/v1/quotas/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The quota", body = QuotaResponse)),
    security(("bearer" = [])))]
async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<QuotaId>,
) -> Result<(ETag, Json<QuotaResponse>), Problem> {
    read_by_id(&app, id).await
}

/// Set the capacity of a quota
///
/// The value is absolute, so repeating the request has no effect. Answers 409 if the held and sold seats
/// exceed the new capacity.
#[utoipa::path(put, path = "/api/v1/quotas/{id}", tag = "catalogue", request_body = SetCapacityRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the quota only while it has this ETag")),
    responses((status = 200, description = "The quota", body = QuotaResponse),
        (status = 409, description = "`capacity-taken`")),
    security(("bearer" = ["organizer"])))]
async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<QuotaId>,
    if_match: IfMatch,
    body: Body<SetCapacityRequest>,
) -> Result<(ETag, Json<QuotaResponse>), Problem> {
    let command = SetQuota { actor: actor(&caller)?, id, capacity: body.capacity };
    app.writer.run(caller.origin, if_match.guard::<Quota, _>(id, command)).await?;
    read_by_id(&app, id).await
}

async fn read_by_id(app: &App, id: QuotaId) -> Result<(ETag, Json<QuotaResponse>), Problem> {
    let quota = found(app.writer.database().get::<Quota>(id).await?, "quota", id)?;
    Ok((ETag(quota.version), Json(QuotaResponse::from(&quota))))
}
