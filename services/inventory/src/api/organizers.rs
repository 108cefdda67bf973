use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::OrganizerId;
use boxoffice_http::{
    Outcome, Problem, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, Page, PageParams, PageResponse, Path, Sort},
    run_idempotent,
};
use boxoffice_writer::Idempotent;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, actor, found};
use crate::{
    commands::{AddMember, CreateOrganizer, RemoveMember},
    store::{self, Organizer},
};

/// The fields of a new organizer.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Open Air Friends", "slug": "open-air-friends"}))]
pub struct CreateOrganizerRequest {
    /// The name that customers see.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The short name for URLs, unique: lowercase letters, digits and hyphens. Default: derived from the name.
    #[garde(inner(length(min = 1, max = 100), custom(is_slug)))]
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9-]+$")]
    slug: Option<String>,
}

fn is_slug(slug: &str, (): &()) -> garde::Result {
    let fits = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(()) } else { Err(garde::Error::new("expected lowercase letters, digits and hyphens")) }
}

fn slug_of(name: &str) -> String {
    let words = name.to_lowercase();
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(100).collect();
    if slug.is_empty() { "organizer".into() } else { slug }
}

/// A seller of tickets.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": 1, "name": "Open Air Friends", "slug": "open-air-friends"}))]
pub struct OrganizerResponse {
    id: OrganizerId,
    #[schema(example = "Open Air Friends")]
    name: String,
    #[schema(example = "open-air-friends")]
    slug: String,
}

impl From<Organizer> for OrganizerResponse {
    fn from(Organizer { id, name, slug, .. }: Organizer) -> Self {
        Self { id, name, slug }
    }
}

/// Create an organizer
///
/// The caller becomes its first member and may manage its events.
#[utoipa::path(post, path = "/api/v1/organizers", tag = "catalogue", request_body = CreateOrganizerRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 201, description = "Created", body = OrganizerResponse),
        (status = 409, description = "`slug-taken`")),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<CreateOrganizerRequest>,
) -> Result<Response, Problem> {
    actor(&caller)?;
    let key = key.bound(&caller, "POST /organizers", &body);
    let new = body.into_inner();
    let slug = new.slug.unwrap_or_else(|| slug_of(&new.name));
    let command = CreateOrganizer { subject: caller.subject().to_owned(), name: new.name, slug };
    let request = Idempotent { key, command };
    let Outcome { value: organizer, replayed } =
        run_idempotent(&app.writer, caller.origin, request, |id| read_by_id(&app, id)).await?;
    let (tag, location) = (ETag(organizer.version), format!("/api/v1/organizers/{}", organizer.id));
    Ok((tag, created(&location, replayed, &OrganizerResponse::from(organizer))).into_response())
}

type SortOrganizers = Sort<Organizer>;

/// The order of the list of organizers.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganizerFilter {
    /// The order. Default: by id.
    #[param(inline)]
    sort: Option<SortOrganizers>,
}

/// List organizers
///
/// Returns all organizers, ordered by id unless `sort` is set.
#[utoipa::path(get, path = "/api/v1/organizers", tag = "catalogue", params(PageParams, OrganizerFilter),
    responses((status = 200, description = "One page of organizers", body = Vec<OrganizerResponse>)),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<OrganizerFilter>,
) -> Result<PageResponse<OrganizerResponse>, Problem> {
    let sort = page.filter.sort;
    let rows = store::organizers(app.writer.database(), &page.order(sort)?, page.rows()).await?;
    Ok(page.list_sorted(sort, rows).map(OrganizerResponse::from))
}

/// Read an organizer
///
/// Returns the name of the organizer and its short name for URLs.
#[utoipa::path(get, path = "/api/v1/organizers/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The organizer", body = OrganizerResponse)),
    security(("bearer" = [])))]
pub async fn read(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<OrganizerId>,
) -> Result<(ETag, Json<OrganizerResponse>), Problem> {
    let organizer = read_by_id(&app, id).await?;
    Ok((ETag(organizer.version), Json(organizer.into())))
}

async fn read_by_id(app: &App, id: OrganizerId) -> Result<Organizer, Problem> {
    found(app.writer.database().get(id).await?, "organizer", id)
}

/// Add a member to an organizer
///
/// Allows tokens with this subject to manage the organizer. Repeating the request has no effect.
#[utoipa::path(put, path = "/api/v1/organizers/{id}/members/{subject}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1), ("subject" = String, Path, min_length = 1, max_length = 255, example = "anna")),
    responses((status = 204, description = "The subject is a member")),
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

/// Remove a member from an organizer
///
/// Answers 409 for the last member. Repeating the request has no effect.
#[utoipa::path(delete, path = "/api/v1/organizers/{id}/members/{subject}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1), ("subject" = String, Path, min_length = 1, max_length = 255, example = "bert")),
    responses((status = 204, description = "The subject is not a member"),
        (status = 409, description = "`last-one`")),
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
