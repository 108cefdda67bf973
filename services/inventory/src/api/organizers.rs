use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::OrganizerId;
use boxoffice_http::{
    Problem, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_writer::{Effect, Idempotent};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, actor, found};
use crate::{
    commands::{AddMember, CreateOrganizer, RemoveMember},
    store::{self, Organizer},
};

/// An organizer that is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Open Air Friends", "slug": "open-air-friends"}))]
pub struct NewOrganizer {
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// For addresses: small letters, digits and hyphens; made from the name when left out. Unique.
    #[garde(inner(length(min = 1, max = 100), custom(is_slug)))]
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9-]+$")]
    slug: Option<String>,
}

fn is_slug(slug: &str, (): &()) -> garde::Result {
    let fits = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(()) } else { Err(garde::Error::new("expected small letters, digits and hyphens")) }
}

fn slug_of(name: &str) -> String {
    let words = name.to_lowercase();
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(100).collect();
    if slug.is_empty() { "organizer".into() } else { slug }
}

/// Who sells tickets.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": 1, "name": "Open Air Friends", "slug": "open-air-friends"}))]
pub struct OrganizerOut {
    id: OrganizerId,
    #[schema(example = "Open Air Friends")]
    name: String,
    #[schema(example = "open-air-friends")]
    slug: String,
}

impl From<Organizer> for OrganizerOut {
    fn from(Organizer { id, name, slug, .. }: Organizer) -> Self {
        Self { id, name, slug }
    }
}

/// Make an organizer
///
/// Whoever makes it becomes its first member and may sell in its name.
#[utoipa::path(post, path = "/api/v1/organizers", tag = "catalogue", request_body = NewOrganizer,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Made", body = OrganizerOut),
        (status = 409, description = "`slug-taken`", body = Problem, content_type = "application/problem+json"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<NewOrganizer>,
) -> Result<Response, Problem> {
    actor(&caller)?;
    let key = key.bound(&caller, "POST /organizers", &body);
    let new = body.into_inner();
    let slug = new.slug.unwrap_or_else(|| slug_of(&new.name));
    let command = CreateOrganizer { subject: caller.subject().to_owned(), name: new.name, slug };
    let (organizer, replayed) = match app.writer.run(caller.origin, Idempotent { key, command }).await? {
        Effect::Fresh(organizer) => (organizer, false),
        Effect::Replayed(id) => (by_id(&app, id.parse().map_err(Problem::internal)?).await?, true),
    };
    let (tag, location) = (ETag(organizer.version), format!("/api/v1/organizers/{}", organizer.id));
    Ok((tag, created(&location, replayed, &OrganizerOut::from(organizer))).into_response())
}

type SortOrganizers = Sort<Organizer>;

/// What is listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganizerFilter {
    /// The order: by id when it is left out.
    #[param(inline)]
    sort: Option<SortOrganizers>,
}

/// List organizers
///
/// By id, unless `sort` says otherwise.
#[utoipa::path(get, path = "/api/v1/organizers", tag = "catalogue", params(PageParams, OrganizerFilter),
    responses((status = 200, description = "One page", body = Vec<OrganizerOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<OrganizerFilter>,
) -> Result<PageResponse<OrganizerOut>, Problem> {
    let sort = page.filter.sort;
    let rows = store::organizers(app.writer.database(), &page.order(sort)?, page.rows()).await?;
    Ok(page.list_sorted(sort, rows).map(OrganizerOut::from))
}

/// Read an organizer
///
/// With its name and the short name that stands in addresses.
#[utoipa::path(get, path = "/api/v1/organizers/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The organizer", body = OrganizerOut), Problem),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<OrganizerId>,
) -> Result<(ETag, Json<OrganizerOut>), Problem> {
    let organizer = by_id(&app, id).await?;
    Ok((ETag(organizer.version), Json(organizer.into())))
}

async fn by_id(app: &App, id: OrganizerId) -> Result<Organizer, Problem> {
    found(app.writer.database().get(id).await?, "organizer", id)
}

/// Let a token's subject act for an organizer
///
/// As every member may. Repeated, it does nothing.
#[utoipa::path(put, path = "/api/v1/organizers/{id}/members/{subject}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1), ("subject" = String, Path, min_length = 1, max_length = 255, example = "anna")),
    responses((status = 204, description = "A member"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn add_member(
    State(app): State<App>,
    caller: Caller,
    Path((organizer, subject)): Path<(OrganizerId, String)>,
) -> Result<StatusCode, Problem> {
    let actor = actor(&caller)?;
    if !(1..=255).contains(&subject.chars().count()) {
        return Err(Problem::field("subject", "length", "expected 1 to 255 characters"));
    }
    app.writer.run(caller.origin, AddMember { actor, organizer, subject }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a member away
///
/// The last one stays.
#[utoipa::path(delete, path = "/api/v1/organizers/{id}/members/{subject}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1), ("subject" = String, Path, min_length = 1, max_length = 255, example = "bert")),
    responses((status = 204, description = "Not a member"),
        (status = 409, description = "`last-one`", body = Problem, content_type = "application/problem+json"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn remove_member(
    State(app): State<App>,
    caller: Caller,
    Path((organizer, subject)): Path<(OrganizerId, String)>,
) -> Result<StatusCode, Problem> {
    let actor = actor(&caller)?;
    app.writer.run(caller.origin, RemoveMember { actor, organizer, subject }).await?;
    Ok(StatusCode::NO_CONTENT)
}
