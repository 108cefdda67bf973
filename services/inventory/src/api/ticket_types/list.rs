use axum::{Json, extract::State};
use boxoffice_contracts::{EventId, OrganizerId};
use boxoffice_http::{
    Problem,
    extract::{Caller, Page, PageParams, PageResponse, Path, Sort},
};
use serde::Deserialize;

use super::responses::TicketTypeResponse;
use crate::{
    api::{App, found},
    store::{self, Event, TicketType, TicketTypesOf},
};

type SortTypes = Sort<TicketType>;

/// Filters and order of the list of ticket types.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TypeFilter {
    /// Lists only types of this event.
    event_id: Option<EventId>,
    /// Lists only types of this organizer.
    organizer_id: Option<OrganizerId>,
    /// The order. Default: by id.
    #[param(inline)]
    sort: Option<SortTypes>,
}

/// List ticket types
///
/// Returns the ticket types of all events with their available seats. Types of one event may share a quota, so their
/// available seats must not be added up.
#[utoipa::path(get, path = "/api/v1/ticket-types", tag = "catalogue", params(PageParams, TypeFilter),
    responses((status = 200, description = "One page of ticket types", body = Vec<TicketTypeResponse>)),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<TypeFilter>,
) -> Result<PageResponse<TicketTypeResponse>, Problem> {
    let TypeFilter { event_id, organizer_id, sort } = page.filter;
    let of = TicketTypesOf { event: event_id, organizer: organizer_id };
    let database = app.writer.database();
    let types = store::ticket_types(database, of, &page.order(sort)?, page.rows()).await?;
    let quotas = store::quotas_of_types(database, &types).await?;
    Ok(page.list_sorted(sort, types).map(|ticket_type| TicketTypeResponse::of(&ticket_type, &quotas)))
}

/// List the ticket types of an event
///
/// Returns all types of the event with their available seats.
#[utoipa::path(get, path = "/api/v1/events/{id}/ticket-types", tag = "catalogue",
    params(("id" = i64, Path, description = "The event", minimum = 1, example = 1)),
    responses((status = 200, description = "All ticket types of the event, by id", body = Vec<TicketTypeResponse>)),
    security(("bearer" = [])))]
pub async fn list_of_event(
    State(app): State<App>,
    _: Caller,
    Path(event): Path<EventId>,
) -> Result<Json<Vec<TicketTypeResponse>>, Problem> {
    found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let (types, quotas) = store::types_and_quotas(app.writer.database(), event).await?;
    Ok(Json(types.iter().map(|ticket_type| TicketTypeResponse::of(ticket_type, &quotas)).collect()))
}
