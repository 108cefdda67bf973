//! What neighbors ask. Not documented, and so not reachable from outside.

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use boxoffice_contracts::UserId;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, Path},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use super::App;
use crate::{
    commands::KeepUser,
    error::Refusal,
    store::{self, User},
};

/// How many addresses can be asked for at once.
const MOST_ADDRESSES: usize = 500;

pub fn router() -> OpenApiRouter<App> {
    Router::new()
        .route("/internal/users/by-subject/{subject}", get(by_subject))
        .route("/internal/users/{id}", get(by_id))
        .route("/internal/users/{id}/keep", post(keep))
        .route("/internal/addresses", post(addresses))
        .into()
}

#[derive(Serialize)]
struct Found {
    id: UserId,
}

/// Whose a token is. The answer stays true: a subject is given to one user and never to another.
async fn by_subject(
    State(app): State<App>,
    caller: Caller,
    Path(subject): Path<String>,
) -> Result<Json<Found>, Problem> {
    caller.require(Scope::Operator)?;
    let user = store::user_of(app.writer.database(), &subject).await?;
    // The subject is not repeated: some issuers use e-mail addresses.
    let User { id, .. } = user.ok_or_else(|| Refusal::NotFound("of this subject".into()))?;
    Ok(Json(Found { id }))
}

#[derive(Serialize)]
struct Known {
    id: UserId,
    subject: Option<String>,
}

/// Whether there is such a user, and whose tokens it has.
async fn by_id(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<Known>, Problem> {
    caller.require(Scope::Operator)?;
    let user = store::user(app.writer.database(), id).await?;
    let User { id, subject, .. } = user.ok_or_else(|| Refusal::NotFound(id.to_string()))?;
    Ok(Json(Known { id, subject }))
}

/// A version of a user.
#[derive(Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Version {
    #[garde(range(min = 1))]
    version: i64,
}

/// Bookings was told that a user is about to be deleted, and has heard nothing since: from here on the user is not deleted
/// as that version any more. The version that the user has; 404 when the user is gone.
async fn keep(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    body: Body<Version>,
) -> Result<Json<Version>, Problem> {
    caller.require(Scope::Operator)?;
    let version = app.writer.run(caller.origin, KeepUser { id, version: body.into_inner().version }).await?;
    Ok(Json(Version { version }))
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Recipients {
    #[garde(length(max = MOST_ADDRESSES))]
    ids: Vec<UserId>,
}

#[derive(Serialize)]
struct Address {
    id: UserId,
    name: String,
    email: String,
}

/// Where mail goes: those of `ids` that there are, by id. Who is unknown or deleted is left out.
async fn addresses(
    State(app): State<App>,
    caller: Caller,
    body: Body<Recipients>,
) -> Result<Json<Vec<Address>>, Problem> {
    caller.require(Scope::Operator)?;
    let users = store::users_among(app.writer.database(), &body.ids).await?;
    Ok(Json(users.into_iter().map(|User { id, name, email, .. }| Address { id, name, email }).collect()))
}
