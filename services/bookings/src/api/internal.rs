//! What neighbors ask. Not documented, and so not reachable from outside.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use boxoffice_chassis::{
    Problem,
    extract::{Body, Caller, Path},
};
use boxoffice_contracts::{BookingId, UserId};
use boxoffice_envelope::Origin;
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use super::{App, no_booking};
use crate::{commands::CancelBooking, store::Booking};

pub fn router() -> OpenApiRouter<Arc<App>> {
    Router::new()
        .route("/internal/bookings/{id}", get(whose))
        .route("/internal/bookings/{id}/cancel", post(cancel))
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
