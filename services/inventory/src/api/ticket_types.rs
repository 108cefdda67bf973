//! Ticket types: one file for each verb.

mod change;
mod create;
mod list;
mod responses;
mod return_seats;

use axum::{Json, extract::State};
use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Path},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;
use responses::read_by_id;

pub use create::TicketTypeRequest;
pub use responses::TicketTypeResponse;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list_of_event))
        .routes(routes!(list::list))
        .routes(routes!(read, change::change, change::delete))
        .routes(routes!(return_seats::return_seats))
}

/// Read a ticket type
///
/// The `ETag` changes with name and price, and not with the available seats.
#[utoipa::path(get, path = "/api/v1/ticket-types/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The ticket type", body = TicketTypeResponse)),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<TicketTypeId>,
) -> Result<(ETag, Json<TicketTypeResponse>), Problem> {
    read_by_id(&app, id).await.map(|(tag, ticket_type)| (tag, Json(ticket_type)))
}
