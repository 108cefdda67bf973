//! Kinds of tickets.

mod change;
mod create;
mod list;
mod release;
mod shown;

use axum::{Json, extract::State};
use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Path},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;
use shown::by_id;

pub use create::TypeIn;
pub use shown::TypeOut;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list_of_event))
        .routes(routes!(list::list))
        .routes(routes!(read, change::change, change::delete))
        .routes(routes!(release::release))
}

/// Read a ticket type
///
/// Its `ETag` changes with its name and price, and not with the places that are left.
#[utoipa::path(get, path = "/api/v1/ticket-types/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The ticket type", body = TypeOut), Problem),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<TicketTypeId>,
) -> Result<(ETag, Json<TypeOut>), Problem> {
    by_id(&app, id).await.map(|(tag, kind)| (tag, Json(kind)))
}
