use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::BookingId;
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, IdempotencyKeyHeader, IfMatch, Path},
};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Idempotent};

use super::{
    App, customer, no_booking,
    shown::{BookingOut, shown},
};
use crate::{
    commands::{CancelBooking, Cancelled},
    store::{self, Booking},
};

/// Cancel a booking
///
/// From this answer on it is cancelled, whatever is still under way for it: its tickets are void, its seats are freed,
/// and what was paid for it, then or afterwards, is given back. Repeated, it is answered in the same way. A booking that
/// has failed or expired cannot be cancelled.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/cancel", tag = "bookings",
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect"),
        ("If-Match" = Option<String>, Header, description = "Only while the booking has this `ETag`")),
    responses((status = 200, description = "Cancelled", body = BookingOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`not-cancellable`: it has failed or expired", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`precondition-failed`: it has another `ETag`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`key-reused`: the key came with another request", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
    key: IdempotencyKeyHeader,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let user = if caller.has(Scope::Operator) {
        None
    } else {
        Some(app.own_user(&caller).await?.ok_or_else(|| no_booking(id))?)
    };
    let key = key.bound(&caller, &format!("POST /bookings/{id}/cancel"), &());
    let command = if_match.guard::<Booking, _>(id, CancelBooking { id, user });
    let (booking, tickets, replayed) = match app.writer.run(caller.origin, Idempotent { key, command }).await? {
        Effect::Fresh(Cancelled { booking, tickets }) => (booking, tickets, false),
        Effect::Replayed(_) => {
            let (booking, tickets) = store::booking(app.database(), id).await?.ok_or_else(|| no_booking(id))?;
            (booking, tickets, true)
        }
    };
    let replayed = replayed.then_some([("idempotency-replayed", "true")]);
    Ok((replayed, ETag(booking.version), Json(shown(&booking, &tickets)?)).into_response())
}
