use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_http::{
    Problem, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, IfMatch, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_writer::{Effect, Idempotent};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, actor, found, organizer};
use crate::{
    commands::{ChangeVenue, CreateVenue, DeleteVenue},
    domain::MAX_CAPACITY,
    store::{self, Venue},
};

/// The values of a new or changed venue.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Waldbühne", "address": "Glockenturmstraße 1, Berlin", "totalCapacity": 22000}))]
pub struct VenueRequest {
    /// The organizer that owns the venue. Default: the only organizer that the token acts for, otherwise organizer 1. It
    /// cannot be changed.
    #[garde(skip)]
    organizer_id: Option<OrganizerId>,
    /// The name that customers see.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The postal address that customers see. Default: empty.
    #[serde(default)]
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    address: String,
    /// The number of seats of the building. It does not limit the capacity of events.
    #[garde(range(min = 1, max = MAX_CAPACITY))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    total_capacity: i64,
}

/// A place where events happen.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "organizerId": 1, "name": "Waldbühne", "address": "Glockenturmstraße 1, Berlin", "totalCapacity": 22000
}))]
pub struct VenueResponse {
    id: VenueId,
    organizer_id: OrganizerId,
    #[schema(example = "Waldbühne")]
    name: String,
    address: String,
    #[schema(example = 22000)]
    total_capacity: i64,
}

impl From<Venue> for VenueResponse {
    fn from(Venue { id, organizer_id, name, address, total_capacity, .. }: Venue) -> Self {
        Self { id, organizer_id, name, address, total_capacity }
    }
}

/// Create a venue
///
/// Creates a venue of an organizer that the caller acts for.
#[utoipa::path(post, path = "/api/v1/venues", tag = "catalogue", request_body = VenueRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 201, description = "Created", body = VenueResponse)),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<VenueRequest>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, "POST /venues", &body);
    let organizer = organizer(&app, &caller, body.organizer_id).await?;
    let VenueRequest { name, address, total_capacity, .. } = body.into_inner();
    let command = CreateVenue { actor, organizer, name, address, total_capacity };
    let (venue, replayed) = match app.writer.run(caller.origin, Idempotent { key, command }).await? {
        Effect::Fresh(venue) => (venue, false),
        Effect::Replayed(id) => (read_by_id(&app, id.parse().map_err(Problem::internal)?).await?, true),
    };
    let (tag, location) = (ETag(venue.version), format!("/api/v1/venues/{}", venue.id));
    Ok((tag, created(&location, replayed, &VenueResponse::from(venue))).into_response())
}

type SortVenues = Sort<Venue>;

/// Filters and order of the list of venues.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VenueFilter {
    /// Lists only venues of this organizer.
    organizer_id: Option<OrganizerId>,
    /// The order. Default: by id.
    #[param(inline)]
    sort: Option<SortVenues>,
}

/// List venues
///
/// Returns all venues, ordered by id unless `sort` is set.
#[utoipa::path(get, path = "/api/v1/venues", tag = "catalogue", params(PageParams, VenueFilter),
    responses((status = 200, description = "One page of venues", body = Vec<VenueResponse>)),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<VenueFilter>,
) -> Result<PageResponse<VenueResponse>, Problem> {
    let VenueFilter { organizer_id, sort } = page.filter;
    let rows = store::venues(app.writer.database(), organizer_id, &page.order(sort)?, page.rows()).await?;
    Ok(page.list_sorted(sort, rows).map(VenueResponse::from))
}

/// Read a venue
///
/// Returns the venue. Its `totalCapacity` does not limit the capacity of events.
#[utoipa::path(get, path = "/api/v1/venues/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The venue", body = VenueResponse)),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<VenueId>,
) -> Result<(ETag, Json<VenueResponse>), Problem> {
    let venue = read_by_id(&app, id).await?;
    Ok((ETag(venue.version), Json(venue.into())))
}

async fn read_by_id(app: &App, id: VenueId) -> Result<Venue, Problem> {
    found(app.writer.database().get(id).await?, "venue", id)
}

/// Replace a venue
///
/// Events at the venue show the new values.
#[utoipa::path(put, path = "/api/v1/venues/{id}", tag = "catalogue", request_body = VenueRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the venue only while it has this ETag")),
    responses((status = 200, description = "The venue", body = VenueResponse)),
    security(("bearer" = ["organizer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<VenueId>,
    if_match: IfMatch,
    body: Body<VenueRequest>,
) -> Result<(ETag, Json<VenueResponse>), Problem> {
    let actor = actor(&caller)?;
    let VenueRequest { organizer_id, name, address, total_capacity } = body.into_inner();
    let command = ChangeVenue { actor, id, organizer: organizer_id, name, address, total_capacity };
    let venue = app.writer.run(caller.origin, if_match.guard::<Venue, _>(id, command)).await?;
    Ok((ETag(venue.version), Json(venue.into())))
}

/// Delete a venue
///
/// Answers 409 while an event takes place at the venue.
#[utoipa::path(delete, path = "/api/v1/venues/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the venue only while it has this ETag")),
    responses((status = 204, description = "Deleted"),
        (status = 409, description = "`in-use`")),
    security(("bearer" = ["organizer"])))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<VenueId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let command = DeleteVenue { actor: actor(&caller)?, id };
    app.writer.run(caller.origin, if_match.guard::<Venue, _>(id, command)).await?;
    Ok(StatusCode::NO_CONTENT)
}
