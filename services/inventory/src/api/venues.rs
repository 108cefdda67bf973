use axum::{Json, extract::State, response::Response};
use boxoffice_chassis::{
    Problem, created,
    extract::{Body, Caller, Listed, Page, PageParams, Path, RequestKey},
};
use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_writer::{Effect, Once};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, actor, found, organizer};
use crate::{
    commands::CreateVenue,
    domain::MAX_AMOUNT,
    store::{self, Venue},
};

/// A venue that is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Waldbühne", "address": "Glockenturmstraße 1, Berlin", "totalCapacity": 22000}))]
pub struct NewVenue {
    /// Whose; may be left out by whoever acts for one organizer only.
    #[garde(skip)]
    organizer_id: Option<OrganizerId>,
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    name: String,
    /// For people.
    #[serde(default)]
    #[garde(length(chars, max = 1000))]
    address: String,
    /// Places of the house; does not bind its events.
    #[garde(range(min = 1, max = MAX_AMOUNT))]
    total_capacity: i64,
}

/// Where events take place.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
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
#[utoipa::path(post, path = "/api/v1/venues", tag = "catalogue", request_body = NewVenue,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Made", body = VenueOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: RequestKey,
    body: Body<NewVenue>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, "POST /venues", &body).map(Into::into);
    let organizer = organizer(&app, &caller, body.organizer_id).await?;
    let NewVenue { name, address, total_capacity, .. } = body.into_inner();
    let command = CreateVenue { actor, organizer, name, address, total_capacity };
    let (venue, replayed) = match app.writer.run(caller.origin, Once { key, command }).await? {
        Effect::Fresh(venue) => (venue, false),
        Effect::Replayed(id) => (by_id(&app, id.parse().map_err(Problem::internal)?).await?, true),
    };
    Ok(created(&format!("/api/v1/venues/{}", venue.id), replayed, &VenueOut::from(venue)))
}

/// List venues
///
/// By id.
#[utoipa::path(get, path = "/api/v1/venues", tag = "catalogue", params(PageParams),
    responses((status = 200, description = "One page", body = Vec<VenueOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(State(app): State<App>, _: Caller, page: Page) -> Result<Listed<VenueOut>, Problem> {
    let after = page.after::<i64>()?.unwrap_or(0);
    let rows = store::venues(app.writer.database(), after, page.rows()).await?;
    Ok(page.list(rows.into_iter().map(VenueOut::from).collect(), |last| last.id.get()))
}

/// Read a venue
#[utoipa::path(get, path = "/api/v1/venues/{id}", tag = "catalogue", params(("id" = i64, Path, example = 1)),
    responses((status = 200, description = "The venue", body = VenueOut), Problem),
    security(("bearer" = [])))]
pub async fn read(State(app): State<App>, _: Caller, Path(id): Path<VenueId>) -> Result<Json<VenueOut>, Problem> {
    Ok(Json(by_id(&app, id).await?.into()))
}

async fn by_id(app: &App, id: VenueId) -> Result<Venue, Problem> {
    found(app.writer.database().get(id).await?, "venue", id)
}
