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

/// A venue as it is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Waldbühne", "address": "Glockenturmstraße 1, Berlin", "totalCapacity": 22000}))]
pub struct NewVenue {
    /// Whose; when it is left out, the one organizer that the token acts for, or else organizer 1. It cannot be changed.
    #[garde(skip)]
    organizer_id: Option<OrganizerId>,
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// For people.
    #[serde(default)]
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    address: String,
    /// Places of the house; does not bind its events.
    #[garde(range(min = 1, max = MAX_CAPACITY))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    total_capacity: i64,
}

/// Where events take place.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "organizerId": 1, "name": "Waldbühne", "address": "Glockenturmstraße 1, Berlin", "totalCapacity": 22000
}))]
pub struct VenueOut {
    id: VenueId,
    organizer_id: OrganizerId,
    #[schema(example = "Waldbühne")]
    name: String,
    address: String,
    #[schema(example = 22000)]
    total_capacity: i64,
}

impl From<Venue> for VenueOut {
    fn from(Venue { id, organizer_id, name, address, total_capacity, .. }: Venue) -> Self {
        Self { id, organizer_id, name, address, total_capacity }
    }
}

/// Make a venue
///
/// For an organizer of the caller, at which its events can take place.
#[utoipa::path(post, path = "/api/v1/venues", tag = "catalogue", request_body = NewVenue,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Made", body = VenueOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<NewVenue>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, "POST /venues", &body);
    let organizer = organizer(&app, &caller, body.organizer_id).await?;
    let NewVenue { name, address, total_capacity, .. } = body.into_inner();
    let command = CreateVenue { actor, organizer, name, address, total_capacity };
    let (venue, replayed) = match app.writer.run(caller.origin, Idempotent { key, command }).await? {
        Effect::Fresh(venue) => (venue, false),
        Effect::Replayed(id) => (by_id(&app, id.parse().map_err(Problem::internal)?).await?, true),
    };
    let (tag, location) = (ETag(venue.version), format!("/api/v1/venues/{}", venue.id));
    Ok((tag, created(&location, replayed, &VenueOut::from(venue))).into_response())
}

type SortVenues = Sort<Venue>;

/// What is listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VenueFilter {
    /// Only this organizer's.
    organizer_id: Option<OrganizerId>,
    /// The order: by id when it is left out.
    #[param(inline)]
    sort: Option<SortVenues>,
}

/// List venues
///
/// By id, unless `sort` says otherwise.
#[utoipa::path(get, path = "/api/v1/venues", tag = "catalogue", params(PageParams, VenueFilter),
    responses((status = 200, description = "One page", body = Vec<VenueOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<VenueFilter>,
) -> Result<PageResponse<VenueOut>, Problem> {
    let VenueFilter { organizer_id, sort } = page.filter;
    let rows = store::venues(app.writer.database(), organizer_id, &page.order(sort)?, page.rows()).await?;
    Ok(page.list_sorted(sort, rows).map(VenueOut::from))
}

/// Read a venue
///
/// Its capacity is what the house has; it does not bind its events.
#[utoipa::path(get, path = "/api/v1/venues/{id}", tag = "catalogue", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The venue", body = VenueOut), Problem),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<VenueId>,
) -> Result<(ETag, Json<VenueOut>), Problem> {
    let venue = by_id(&app, id).await?;
    Ok((ETag(venue.version), Json(venue.into())))
}

async fn by_id(app: &App, id: VenueId) -> Result<Venue, Problem> {
    found(app.writer.database().get(id).await?, "venue", id)
}

/// Replace a venue
///
/// Its events show it as it is then.
#[utoipa::path(put, path = "/api/v1/venues/{id}", tag = "catalogue", request_body = NewVenue,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the venue has this ETag")),
    responses((status = 200, description = "The venue", body = VenueOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<VenueId>,
    if_match: IfMatch,
    body: Body<NewVenue>,
) -> Result<(ETag, Json<VenueOut>), Problem> {
    let actor = actor(&caller)?;
    let NewVenue { organizer_id, name, address, total_capacity } = body.into_inner();
    let command = ChangeVenue { actor, id, organizer: organizer_id, name, address, total_capacity };
    let venue = app.writer.run(caller.origin, if_match.guard::<Venue, _>(id, command)).await?;
    Ok((ETag(venue.version), Json(venue.into())))
}

/// Delete a venue
///
/// While no event is at it.
#[utoipa::path(delete, path = "/api/v1/venues/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the venue has this ETag")),
    responses((status = 204, description = "Deleted"),
        (status = 409, description = "`in-use`", body = Problem, content_type = "application/problem+json"), Problem),
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
