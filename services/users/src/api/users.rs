use axum::{Json, extract::State, response::Response};
use boxoffice_chassis::{
    Problem, created,
    extract::{Body, Caller, Listed, Page, PageParams, Path, RequestKey},
};
use boxoffice_contracts::UserId;
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Once};

use super::{
    App, customer,
    profile::{NewUser, UserOut},
};
use crate::{
    commands::CreateUser,
    error::Refusal,
    store::{self, User},
};

/// Make a user
///
/// Customers make their own profile, as `PUT /users/me` does; operators make anybody's.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUser,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Made", body = UserOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: RequestKey,
    body: Body<NewUser>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, "POST /users", &body).map(Into::into);
    let mut new = body.into_inner();
    let subject = subject(&caller, new.subject.take())?;
    let command = CreateUser { subject, profile: new.into() };
    let (user, replayed) = match app.writer.run(caller.origin, Once { key, command }).await? {
        Effect::Fresh(user) => (user, false),
        Effect::Replayed(id) => (by_id(&app, id.parse().map_err(Problem::internal)?).await?, true),
    };
    let location = format!("/api/v1/users/{}", user.id);
    Ok(created(&location, replayed, &UserOut::from(user)))
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

/// List users
///
/// By id. For operators.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(PageParams),
    responses((status = 200, description = "One page", body = Vec<UserOut>), Problem),
    security(("bearer" = ["operator"])))]
pub async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Listed<UserOut>, Problem> {
    caller.require(Scope::Operator)?;
    let users = store::users(app.writer.database(), page.after()?, page.rows()).await?;
    Ok(page.list(users.into_iter().map(UserOut::from).collect(), |last| last.id))
}

/// Read a user
///
/// Oneself; for operators, anybody.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", params(("id" = i64, Path, example = 1)),
    responses((status = 200, description = "The user", body = UserOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<UserOut>, Problem> {
    customer(&caller)?;
    let user = by_id(&app, id).await?;
    if !caller.has(Scope::Operator) && user.subject.as_deref() != Some(caller.subject()) {
        return Err(not_found(id).into());
    }
    Ok(Json(user.into()))
}

async fn by_id(app: &App, id: UserId) -> Result<User, Problem> {
    Ok(store::user(app.writer.database(), id).await?.ok_or_else(|| not_found(id))?)
}

fn not_found(id: UserId) -> Refusal {
    Refusal::NotFound(id.to_string())
}
