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
    App,
    bodies::{ChangeUserRequest, CreateUserRequest, UserResponse},
    by_id, customer,
};
use crate::{
    commands::{ChangeUser, CreateUser},
    error::Refusal,
    store::{self, User},
};

/// Create a user
///
/// Customers create their own profile, as with `PUT /users/me`; operators create any user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = CreateUserRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 201, description = "Created", body = UserResponse,
            headers(("Location" = String, description = "The path of the user"),
                ("ETag" = String, description = "Its version, for `If-Match`"),
                ("Idempotency-Replayed" = Option<String>, description = "`true` when an earlier request with the key had the effect"))),
        (status = 400, description = "`invalid`"),
        (status = 403, description = "`forbidden`: another's `subject`"),
        (status = 409, description = "`email-taken`, `subject-taken`"),
        (status = 422, description = "`key-reused`: an earlier request used the key with another body")),
    security(("bearer" = ["customer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<CreateUserRequest>,
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
    Ok((etag, created(&location, replayed, &UserResponse::from(user))).into_response())
}

/// The subject of the new user: any for operators, the own one for customers.
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

/// The order of the list of users.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// The order. Default: by id.
    #[param(inline)]
    sort: Option<SortUsers>,
}

/// List users
///
/// Returns all users that are not deleted. For operators.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(PageParams, Filter),
    responses((status = 200, description = "One page of users", body = Vec<UserResponse>,
            headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))),
        (status = 400, description = "`invalid`")),
    security(("bearer" = ["operator"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<UserResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let sort = page.filter.sort;
    let users = store::users(app.writer.database(), &page.order(sort)?, page.rows()).await?;
    Ok(page.list_sorted(sort, users).map(UserResponse::from))
}

/// Read a user
///
/// Customers read their own user, operators any user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", params(("id" = i64, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The user", body = UserResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: no such user, or the user of another token")),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<(ETag, Json<UserResponse>), Problem> {
    let user = visible(&app, &caller, id).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Replace a user
///
/// Customers replace their own user, operators any user. Leaving `address` out removes it; leaving `subject` out keeps it.
/// Only operators can set another `subject`.
#[utoipa::path(put, path = "/api/v1/users/{id}", tag = "users", request_body = ChangeUserRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the user only while it has this `ETag`")),
    responses((status = 200, description = "Replaced", body = UserResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 400, description = "`invalid`"),
        (status = 403, description = "`forbidden`: another `subject`"),
        (status = 404, description = "`not-found`: no such user, or the user of another token"),
        (status = 409, description = "`email-taken`, `subject-taken`"),
        (status = 412, description = "`precondition-failed`: the user has another `ETag`")),
    security(("bearer" = ["customer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    if_match: IfMatch,
    body: Body<ChangeUserRequest>,
) -> Result<(ETag, Json<UserResponse>), Problem> {
    customer(&caller)?;
    let owner = owner(&caller);
    let mut new = body.into_inner();
    let subject = new.subject.take();
    if let (Some(owner), Some(named)) = (&owner, &subject)
        && owner != named
    {
        // The response must not reveal whether the user of another token exists.
        visible(&app, &caller, id).await?;
        return Err(Refusal::AnothersSubject.into());
    }
    let command = ChangeUser { id, owner, subject, profile: new.into() };
    let user = app.writer.run(caller.origin, if_match.guard::<User, _>(id, command)).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Delete a user
///
/// Customers delete their own user, operators any user. Erases name and addresses; e-mail address and subject can be used
/// again immediately. Bookings that are `PENDING` or `CONFIRMED` must be cancelled first; other bookings stay visible to
/// operators. Orders that are not booked yet are cancelled. The request can be repeated.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the user only while it has this `ETag`")),
    responses((status = 204, description = "Deleted"),
        (status = 404, description = "`not-found`: no such user, or the user of another token"),
        (status = 409, description = "`bookings-exist`"),
        (status = 412, description = "`precondition-failed`: the user has another `ETag`")),
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

/// The subject that a user must have for the caller to see it; `None` for operators, who see every user.
fn owner(caller: &Caller) -> Option<String> {
    (!caller.has(Scope::Operator)).then(|| caller.subject().to_owned())
}

/// Reads a user that the caller may see.
///
/// # Errors
/// 404 for a user that does not exist or is not visible.
async fn visible(app: &App, caller: &Caller, id: UserId) -> Result<User, Problem> {
    customer(caller)?;
    let user = store::user(app.writer.database(), id).await?;
    let user = user.filter(|user| user.is_visible_to(owner(caller).as_deref()));
    Ok(user.ok_or_else(|| Refusal::NotFound(id.to_string()))?)
}
