//! What neighbors ask. Not documented, and so not reachable from outside.

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

use super::{App, no_booking};
use crate::{
    commands::{CancelBooking, RetireCustomer},
    store::{self, Booking},
};

pub fn router() -> OpenApiRouter<Arc<App>> {
    Router::new()
        .route("/internal/bookings/{id}", get(whose))
        .route("/internal/bookings/{id}/cancel", post(cancel))
        .route("/internal/customers/{id}/retire", post(retire))
        .into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    user_id: UserId,
}

/// Whose a booking is.
async fn whose(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<BookingId>) -> Result<Json<Known>, Problem> {
    caller.require(Scope::Operator)?;
    let booking = app.database().get::<Booking>(id).await?.ok_or_else(|| no_booking(id))?;
    Ok(Json(Known { user_id: booking.user_id }))
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    /// The subject of whoever asked the neighbor for it, which the timeline shows.
    #[garde(length(chars, min = 1, max = 255))]
    by: String,
}

/// A neighbor passes on that a person called a booking off. Repeated, it does nothing.
async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
    body: Body<Wish>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    let origin = Origin { actor: body.into_inner().by, ..caller.origin };
    app.writer.run(origin, CancelBooking { id, user: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Leaver {
    /// The version of the user that is to be deleted.
    #[garde(range(min = 1))]
    version: i64,
}

/// What stands in the way of a user's deletion.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Leave {
    /// There are bookings that are PENDING or CONFIRMED.
    has_bookings: bool,
    /// Nothing is booked for the user any more, until users says what has become of it.
    retired: bool,
}

/// Users is about to delete a user. Where there is no open booking, none can be made from here on.
async fn retire(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<UserId>,
    body: Body<Leaver>,
) -> Result<Json<Leave>, Problem> {
    caller.require(Scope::Operator)?;
    // So that whoever has bookings can go on booking.
    if store::has_open(app.database(), user).await? {
        return Ok(Json(Leave { has_bookings: true, retired: false }));
    }
    let version = body.into_inner().version;
    app.writer.run(caller.origin, RetireCustomer { user, version }).await?;
    // Whatever was placed before has been committed before, and is seen now.
    let has_bookings = store::has_open(app.database(), user).await?;
    Ok(Json(Leave { has_bookings, retired: true }))
}
