use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::UserId;
use boxoffice_http::{
    Problem, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, IfMatch, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Idempotent};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    App, by_id, customer,
    profile::{ChangedUser, NewUser, UserOut},
};
use crate::{
    commands::{ChangeUser, CreateUser},
    error::Refusal,
    store::{self, User},
};

/// Make a user
///
/// Customers make their own profile, as `PUT /users/me` does; operators make anybody's.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUser,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Made", body = UserOut,
            headers(("Location" = String, description = "Where the user is"),
                ("ETag" = String, description = "Its version, for `If-Match`"),
                ("Idempotency-Replayed" = Option<String>, description = "`true`: an earlier request had the effect"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: another's `subject`", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`email-taken`, `subject-taken`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`key-reused`: the key came with another body", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<NewUser>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, "POST /users", &body);
    let mut new = body.into_inner();
    let subject = subject(&caller, new.subject.take())?;
    let command = CreateUser { subject, profile: new.into() };
    let (user, replayed) = match app.writer.run(caller.origin, Idempotent { key, command }).await? {
        Effect::Fresh(user) => (user, false),
        Effect::Replayed(id) => (by_id(&app, id.parse().map_err(Problem::internal)?).await?, true),
    };
    let (location, etag) = (format!("/api/v1/users/{}", user.id), ETag(user.version));
    Ok((etag, created(&location, replayed, &UserOut::from(user))).into_response())
}

/// Whose user it is to be: what an operator says, a customer's own.
fn subject(caller: &Caller, named: Option<String>) -> Result<Option<String>, Problem> {
    if caller.has(Scope::Operator) {
        return Ok(named);
    }
    match named {
        Some(named) if named != caller.subject() => Err(Refusal::AnothersSubject.into()),
        _ => Ok(Some(caller.subject().to_owned())),
    }
}

type SortUsers = Sort<User>;

/// How users are listed.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// In which order; by id unless it is said.
    #[param(inline)]
    sort: Option<SortUsers>,
}

/// List users
///
/// For operators.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(PageParams, Filter),
    responses((status = 200, description = "One page", body = Vec<UserOut>,
            headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"), Problem),
    security(("bearer" = ["operator"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<UserOut>, Problem> {
    caller.require(Scope::Operator)?;
    let sort = page.filter.sort;
    let users = store::users(app.writer.database(), &page.order(sort)?, page.rows()).await?;
    Ok(page.list_sorted(sort, users).map(UserOut::from))
}

/// Read a user
///
/// Oneself; for operators, anybody.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The user", body = UserOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: nobody, or somebody else", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<(ETag, Json<UserOut>), Problem> {
    let user = visible(&app, &caller, id).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Replace a user
///
/// Oneself; for operators, anybody. The whole profile is replaced: an `address` that is left out is gone. A `subject` that
/// is left out stays as it was; only operators can set another one.
#[utoipa::path(put, path = "/api/v1/users/{id}", tag = "users", request_body = ChangedUser,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the user has this `ETag`")),
    responses((status = 200, description = "Replaced", body = UserOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: another `subject`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: nobody, or somebody else", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`email-taken`, `subject-taken`", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`precondition-failed`: the user has another `ETag`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    if_match: IfMatch,
    body: Body<ChangedUser>,
) -> Result<(ETag, Json<UserOut>), Problem> {
    customer(&caller)?;
    let owner = owner(&caller);
    let mut new = body.into_inner();
    let subject = new.subject.take();
    if let (Some(owner), Some(named)) = (&owner, &subject)
        && owner != named
    {
        // Whether the user is somebody else's is not told.
        visible(&app, &caller, id).await?;
        return Err(Refusal::AnothersSubject.into());
    }
    let command = ChangeUser { id, owner, subject, profile: new.into() };
    let user = app.writer.run(caller.origin, if_match.guard::<User, _>(id, command)).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Delete a user
///
/// Oneself; for operators, anybody. Name and addresses are erased; e-mail and subject are free at once. Bookings stay, for
/// operators to see: those that are `PENDING` or `CONFIRMED` have to be cancelled before. What was ordered and is not
/// booked yet is called off. Should an answer be lost, the request can be repeated.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the user has this `ETag`")),
    responses((status = 204, description = "Deleted"),
        (status = 404, description = "`not-found`: nobody, or somebody else", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`bookings-exist`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`precondition-failed`: the user has another `ETag`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let user = visible(&app, &caller, id).await?;
    app.delete(&caller, if_match, user).await
}

/// Whose a user must be: the caller's, or for operators anybody's.
fn owner(caller: &Caller) -> Option<String> {
    (!caller.has(Scope::Operator)).then(|| caller.subject().to_owned())
}

/// The user, if the caller may see it.
async fn visible(app: &App, caller: &Caller, id: UserId) -> Result<User, Problem> {
    customer(caller)?;
    let user = store::user(app.writer.database(), id).await?;
    let user = user.filter(|user| user.is_visible_to(owner(caller).as_deref()));
    Ok(user.ok_or_else(|| Refusal::NotFound(id.to_string()))?)
}
