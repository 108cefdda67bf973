use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_chassis::{
    Problem, created,
    extract::{Body, Caller},
};

use super::{
    App, customer,
    profile::{ProfileIn, UserOut},
};
use crate::{
    commands::{SaveOwnProfile, Saved},
    error::Refusal,
    store,
};

/// Read one's own profile
///
/// 404 until it has been saved for the first time.
#[utoipa::path(get, path = "/api/v1/users/me", tag = "users",
    responses((status = 200, description = "The profile of whoever the token stands for", body = UserOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(State(app): State<App>, caller: Caller) -> Result<Json<UserOut>, Problem> {
    customer(&caller)?;
    let user = store::user_of(app.writer.database(), caller.subject()).await?.ok_or(Refusal::NoProfile)?;
    Ok(Json(user.into()))
}

/// Save one's own profile
///
/// Makes the user the first time; afterwards the whole profile is replaced: an `address` that is left out is gone.
#[utoipa::path(put, path = "/api/v1/users/me", tag = "users", request_body = ProfileIn,
    responses((status = 201, description = "Made: the token had no user before", body = UserOut),
        (status = 200, description = "Replaced", body = UserOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn save(State(app): State<App>, caller: Caller, body: Body<ProfileIn>) -> Result<Response, Problem> {
    customer(&caller)?;
    let command = SaveOwnProfile { subject: caller.subject().to_owned(), profile: body.into_inner().into() };
    let Saved { user, is_new } = app.writer.run(caller.origin, command).await?;
    let user = UserOut::from(user);
    if is_new { Ok(created("/api/v1/users/me", false, &user)) } else { Ok(Json(user).into_response()) }
}
