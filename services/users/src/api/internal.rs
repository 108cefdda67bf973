//! The internal API for other services. It is not in the OpenAPI document, so the gateway does not route to it.

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
    commands::AbortDeletion,
    error::Refusal,
    store::{self, User},
};

/// The largest number of recipients in one request.
const MAX_RECIPIENTS: usize = 500;

pub fn router() -> OpenApiRouter<App> {
    Router::new()
        .route("/internal/users/by-subject/{subject}", get(by_subject))
        .route("/internal/users/{id}", get(by_id))
        .route("/internal/users/{id}/keep", post(abort_deletion))
        .route("/internal/addresses", post(addresses))
        .into()
}

#[derive(Serialize)]
struct Found {
    id: UserId,
}

/// Answers with the user of a token subject, or 404.
async fn by_subject(
    State(app): State<App>,
    caller: Caller,
    Path(subject): Path<String>,
) -> Result<Json<Found>, Problem> {
    caller.require(Scope::Operator)?;
    let user = store::user_of(app.writer.database(), &subject).await?;
    // The message leaves the subject out: some issuers use e-mail addresses.
    let User { id, .. } = user.ok_or_else(|| Refusal::NotFound("with this subject".into()))?;
    Ok(Json(Found { id }))
}

#[derive(Serialize)]
struct Known {
    id: UserId,
    subject: Option<String>,
}

/// Answers with the subject of a user, or 404.
async fn by_id(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<Known>, Problem> {
    caller.require(Scope::Operator)?;
    let user = store::user(app.writer.database(), id).await?;
    let User { id, subject, .. } = user.ok_or_else(|| Refusal::NotFound(id.to_string()))?;
    Ok(Json(Known { id, subject }))
}

/// The version of a user, in requests and responses.
#[derive(Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Version {
    #[garde(range(min = 1))]
    version: i64,
}

/// Aborts a deletion that bookings saw begin and did not see end. Answers with the version of the user, or 404 when the user
/// is deleted.
async fn abort_deletion(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    body: Body<Version>,
) -> Result<Json<Version>, Problem> {
    caller.require(Scope::Operator)?;
    let version = app.writer.run(caller.origin, AbortDeletion { id, version: body.into_inner().version }).await?;
    Ok(Json(Version { version }))
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Recipients {
    #[garde(length(max = MAX_RECIPIENTS))]
    ids: Vec<UserId>,
}

#[derive(Serialize)]
struct Address {
    id: UserId,
    name: String,
    email: String,
}

/// Answers with name and e-mail address of the users in `ids`, by id, without unknown and deleted users.
async fn addresses(
    State(app): State<App>,
    caller: Caller,
    body: Body<Recipients>,
) -> Result<Json<Vec<Address>>, Problem> {
    caller.require(Scope::Operator)?;
    let users = store::users_among(app.writer.database(), &body.ids).await?;
    Ok(Json(users.into_iter().map(|User { id, name, email, .. }| Address { id, name, email }).collect()))
}
