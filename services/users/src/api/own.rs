use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_http::{
    Problem, created,
    extract::{Body, Caller, ETag, IfMatch},
};

use super::{
    App,
    bodies::{SaveProfileRequest, UserResponse},
    customer,
};
use crate::{
    commands::{SaveOwnProfile, Saved},
    error::Refusal,
    store::{self, User},
};

/// Read the own profile
///
/// Answers 404 until the profile is saved for the first time.
#[utoipa::path(get, path = "/api/v1/users/me", tag = "users",
    responses((status = 200, description = "The profile of the caller", body = UserResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: the profile was never saved")),
    security(("bearer" = ["customer"])))]
pub async fn read(State(app): State<App>, caller: Caller) -> Result<(ETag, Json<UserResponse>), Problem> {
    customer(&caller)?;
    let user = own(&app, &caller).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Save the own profile
///
/// Creates the user the first time and replaces the whole profile afterwards: leaving `address` out removes it.
#[utoipa::path(put, path = "/api/v1/users/me", tag = "users", request_body = SaveProfileRequest,
    params(("If-Match" = Option<String>, Header, description = "Changes the profile only while it has this `ETag`")),
    responses((status = 201, description = "Created: the token had no user before", body = UserResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 200, description = "Replaced", body = UserResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 400, description = "`invalid`"),
        (status = 409, description = "`email-taken`"),
        (status = 412, description = "`precondition-failed`: the profile has another `ETag`")),
    security(("bearer" = ["customer"])))]
pub async fn save(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    body: Body<SaveProfileRequest>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let (subject, profile) = (caller.subject().to_owned(), body.into_inner().into());
    let Saved { user, is_new } = app.writer.run(caller.origin, SaveOwnProfile { subject, profile, expected }).await?;
    let etag = ETag(user.version);
    let user = UserResponse::from(user);
    let answer = if is_new { created("/api/v1/users/me", false, &user) } else { Json(user).into_response() };
    Ok((etag, answer).into_response())
}

/// Delete the own profile
///
/// Erases name and addresses; the e-mail address can be used again immediately. Bookings that are `PENDING` or `CONFIRMED`
/// must be cancelled first; other bookings stay visible to operators. Orders that are not booked yet are cancelled.
#[utoipa::path(delete, path = "/api/v1/users/me", tag = "users",
    params(("If-Match" = Option<String>, Header, description = "Changes the profile only while it has this `ETag`")),
    responses((status = 204, description = "Deleted"),
        (status = 404, description = "`not-found`: the profile does not exist"),
        (status = 409, description = "`bookings-exist`"),
        (status = 412, description = "`precondition-failed`: the profile has another `ETag`")),
    security(("bearer" = ["customer"])))]
pub async fn delete(State(app): State<App>, caller: Caller, if_match: IfMatch) -> Result<StatusCode, Problem> {
    customer(&caller)?;
    let user = own(&app, &caller).await?;
    app.delete(&caller, if_match, user).await
}

async fn own(app: &App, caller: &Caller) -> Result<User, Problem> {
    Ok(store::user_of(app.writer.database(), caller.subject()).await?.ok_or(Refusal::NoProfile)?)
}
