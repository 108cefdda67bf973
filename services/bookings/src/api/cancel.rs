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
    run_idempotent,
};
use boxoffice_identity::Scope;
use boxoffice_writer::Idempotent;

use super::{App, not_found, require_customer, responses::BookingResponse};
use crate::{commands::CancelBooking, store::Booking};

/// Cancel a booking
///
/// The booking is CANCELLED from this response on: its tickets are void, its seats are released, and its payment is
/// refunded, even when it is captured later. Repeating the request changes nothing. A booking that has failed or expired
/// cannot be cancelled.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/cancel", tag = "bookings",
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A request repeated with the same key has one effect"),
        ("If-Match" = Option<String>, Header, description = "Cancels only a booking with this `ETag`")),
    responses((status = 200, description = "Cancelled", body = BookingResponse,
            headers(("ETag" = String, description = "Version of the booking, for `If-Match`"))),
        (status = 404, description = "`not-found`: no such booking of the caller"),
        (status = 409, description = "`not-cancellable`: the booking has failed or expired"),
        (status = 412, description = "`precondition-failed`: the booking has another `ETag`"),
        (status = 422, description = "`key-reused`: the key was used with another request")),
    security(("bearer" = ["customer"])))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
    key: IdempotencyKeyHeader,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    require_customer(&caller)?;
    let user = if caller.has(Scope::Operator) {
        None
    } else {
        Some(app.own_user(&caller).await?.ok_or_else(|| not_found(id))?)
    };
    let key = key.bound(&caller, &format!("POST /bookings/{id}/cancel"), &());
    let command = if_match.guard::<Booking, _>(id, CancelBooking { id, user });
    let request = Idempotent { key, command };
    let outcome = run_idempotent(&app.writer, caller.origin, request, |id| app.reload(id)).await?;
    let etag = ETag(outcome.value.booking.version);
    Ok((outcome.replayed_header(), etag, Json(BookingResponse::new(&outcome.value)?)).into_response())
}
