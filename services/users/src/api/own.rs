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
    App, customer,
    profile::{ProfileIn, UserOut},
};
use crate::{
    commands::{SaveOwnProfile, Saved},
    error::Refusal,
    store::{self, User},
};

/// Read one's own profile
///
/// 404 until it has been saved for the first time.
#[utoipa::path(get, path = "/api/v1/users/me", tag = "users",
    responses((status = 200, description = "The profile of whoever the token stands for", body = UserOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: it was never saved", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(State(app): State<App>, caller: Caller) -> Result<(ETag, Json<UserOut>), Problem> {
    customer(&caller)?;
    let user = own(&app, &caller).await?;
    Ok((ETag(user.version), Json(user.into())))
}

/// Save one's own profile
///
/// Makes the user the first time; afterwards the whole profile is replaced: an `address` that is left out is gone.
#[utoipa::path(put, path = "/api/v1/users/me", tag = "users", request_body = ProfileIn,
    params(("If-Match" = Option<String>, Header, description = "Only while the profile has this `ETag`")),
    responses((status = 201, description = "Made: the token had no user before", body = UserOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 200, description = "Replaced", body = UserOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`email-taken`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`precondition-failed`: it has another `ETag`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn save(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    body: Body<ProfileIn>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let (subject, profile) = (caller.subject().to_owned(), body.into_inner().into());
    let Saved { user, is_new } = app.writer.run(caller.origin, SaveOwnProfile { subject, profile, expected }).await?;
    let etag = ETag(user.version);
    let user = UserOut::from(user);
    let answer = if is_new { created("/api/v1/users/me", false, &user) } else { Json(user).into_response() };
    Ok((etag, answer).into_response())
}

/// Delete one's own profile
///
/// Name and addresses are erased, and the e-mail address is free at once. Bookings stay, for operators to see: those that
/// are `PENDING` or `CONFIRMED` have to be cancelled before. What was ordered and is not booked yet is called off.
#[utoipa::path(delete, path = "/api/v1/users/me", tag = "users",
    params(("If-Match" = Option<String>, Header, description = "Only while the profile has this `ETag`")),
    responses((status = 204, description = "Deleted"),
        (status = 404, description = "`not-found`: there is none", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`bookings-exist`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`precondition-failed`: it has another `ETag`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn delete(State(app): State<App>, caller: Caller, if_match: IfMatch) -> Result<StatusCode, Problem> {
    customer(&caller)?;
    let user = own(&app, &caller).await?;
    app.delete(&caller, if_match, user).await
}

async fn own(app: &App, caller: &Caller) -> Result<User, Problem> {
    Ok(store::user_of(app.writer.database(), caller.subject()).await?.ok_or(Refusal::NoProfile)?)
}
