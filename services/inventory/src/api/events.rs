//! Events: one file for each verb.

mod capacity;
mod change;
mod create;
mod list;
mod responses;

use axum::{Json, extract::State};
use boxoffice_contracts::EventId;
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Path},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;
use responses::{EventResponse, read_by_id};

pub use capacity::SetCapacityRequest;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(read, change::change, change::delete))
        .routes(routes!(capacity::set_capacity))
}

/// Read an event with its availability
///
/// The `ETag` changes with the event and its capacity, and not with the seats that are held or sold.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The event", body = EventResponse)),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<EventId>,
) -> Result<(ETag, Json<EventResponse>), Problem> {
    read_by_id(&app, id).await.map(|(tag, event)| (tag, Json(event)))
}
