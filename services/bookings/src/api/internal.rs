//! The API for other services. Its routes are in no OpenAPI document, so the gateway does not route to them.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use boxoffice_contracts::{BookingId, UserId};
use boxoffice_envelope::Origin;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, Path},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use super::{App, not_found};
use crate::{
    commands::{CancelBooking, RetireCustomer},
    store::{self, Booking},
};

pub fn router() -> OpenApiRouter<Arc<App>> {
    Router::new()
        .route("/internal/bookings/{id}", get(owner))
        .route("/internal/bookings/{id}/cancel", post(cancel))
        .route("/internal/customers/{id}/retire", post(retire))
        .into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnerResponse {
    user_id: UserId,
}

/// Returns the id of the user who owns a booking.
async fn owner(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<OwnerResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let booking = app.database().get::<Booking>(id).await?.ok_or_else(|| not_found(id))?;
    Ok(Json(OwnerResponse { user_id: booking.user_id }))
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelRequest {
    /// The subject of the person who cancels, which the timeline shows.
    #[garde(length(chars, min = 1, max = 255))]
    by: String,
}

/// Cancels a booking on behalf of a person. Repeating the request changes nothing.
async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
    body: Body<CancelRequest>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    let origin = Origin { actor: body.into_inner().by, ..caller.origin };
    app.writer.run(origin, CancelBooking { id, user: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RetireRequest {
    /// The version of the user that is to be deleted.
    #[garde(range(min = 1))]
    version: i64,
}

/// Whether a user can be deleted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetireResponse {
    /// The user has PENDING or CONFIRMED bookings and cannot be deleted.
    has_bookings: bool,
    /// New bookings of the user are refused: for good once the users service publishes the deletion, or until it publishes a
    /// later version of the user, who was not deleted.
    retired: bool,
}

/// Retires a user whom the users service is about to delete. If the user has no PENDING or CONFIRMED booking, no further one
/// can be created from now on.
async fn retire(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<UserId>,
    body: Body<RetireRequest>,
) -> Result<Json<RetireResponse>, Problem> {
    caller.require(Scope::Operator)?;
    // Without this check, a user with bookings could not create further ones for a while.
    if store::has_active_booking(app.database(), user).await? {
        return Ok(Json(RetireResponse { has_bookings: true, retired: false }));
    }
    let version = body.into_inner().version;
    app.writer.run(caller.origin, RetireCustomer { user, version }).await?;
    // Every booking that was created before the retirement is committed and visible now.
    let has_bookings = store::has_active_booking(app.database(), user).await?;
    Ok(Json(RetireResponse { has_bookings, retired: true }))
}
