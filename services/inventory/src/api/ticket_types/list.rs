use axum::{Json, extract::State};
use boxoffice_contracts::{EventId, OrganizerId};
use boxoffice_http::{
    Problem,
    extract::{Caller, Page, PageParams, PageResponse, Path, Sort},
};
use serde::Deserialize;

use super::shown::TypeOut;
use crate::{
    api::{App, found},
    store::{self, Event, TicketType, TypesOf},
};

type SortTypes = Sort<TicketType>;

/// What is listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TypeFilter {
    /// Only this event's.
    event_id: Option<EventId>,
    /// Only this organizer's.
    organizer_id: Option<OrganizerId>,
    /// The order: by id when it is left out.
    #[param(inline)]
    sort: Option<SortTypes>,
}

/// List the ticket types of all events
///
/// With how many places are left of each. Types of one event may draw from one quota: their places are not to be added.
#[utoipa::path(get, path = "/api/v1/ticket-types", tag = "catalogue", params(PageParams, TypeFilter),
    responses((status = 200, description = "One page", body = Vec<TypeOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(State(app): State<App>, _: Caller, page: Page<TypeFilter>) -> Result<PageResponse<TypeOut>, Problem> {
    let TypeFilter { event_id, organizer_id, sort } = page.filter;
    let of = TypesOf { event: event_id, organizer: organizer_id };
    let database = app.writer.database();
    let types = store::ticket_types(database, of, &page.order(sort)?, page.rows()).await?;
    let quotas = store::quotas_of_types(database, &types).await?;
    Ok(page.list_sorted(sort, types).map(|kind| TypeOut::of(&kind, &quotas)))
}

/// List the ticket types of an event
///
/// All of them, with how many places are left of each.
#[utoipa::path(get, path = "/api/v1/events/{id}/ticket-types", tag = "catalogue",
    params(("id" = i64, Path, description = "The event", minimum = 1, example = 1)),
    responses((status = 200, description = "All of them, the first one first", body = Vec<TypeOut>), Problem),
    security(("bearer" = [])))]
pub async fn list_of_event(
    State(app): State<App>,
    _: Caller,
    Path(event): Path<EventId>,
) -> Result<Json<Vec<TypeOut>>, Problem> {
    found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let (types, quotas) = store::types_and_quotas(app.writer.database(), event).await?;
    Ok(Json(types.iter().map(|kind| TypeOut::of(kind, &quotas)).collect()))
}
