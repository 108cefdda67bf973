use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_chassis::{
    Problem,
    extract::{Caller, Path, RequestKey},
};
use boxoffice_contracts::BookingId;
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Once};

use super::{
    App, customer, no_booking,
    shown::{BookingOut, shown},
};
use crate::{
    commands::{CancelBooking, Cancelled},
    store,
};

/// Cancel a booking
///
/// From this answer on it is cancelled, whatever is still under way for it: its tickets are void, its seats are freed,
/// and what was paid for it, then or afterwards, is given back. Repeated, it is answered in the same way. A booking that
/// has failed or expired cannot be cancelled.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/cancel", tag = "bookings",
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 200, description = "Cancelled", body = BookingOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
    key: RequestKey,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let user = if caller.has(Scope::Operator) {
        None
    } else {
        Some(app.own_user(&caller).await?.ok_or_else(|| no_booking(id))?)
    };
    let key = key.bound(&caller, &format!("POST /bookings/{id}/cancel"), &()).map(Into::into);
    let command = CancelBooking { id, user };
    let (booking, tickets, replayed) = match app.writer.run(caller.origin, Once { key, command }).await? {
        Effect::Fresh(Cancelled { booking, tickets }) => (booking, tickets, false),
        Effect::Replayed(_) => {
            let (booking, tickets) = store::booking(app.database(), id).await?.ok_or_else(|| no_booking(id))?;
            (booking, tickets, true)
        }
    };
    let replayed = replayed.then_some([("idempotency-replayed", "true")]);
    Ok((replayed, Json(shown(&booking, &tickets)?)).into_response())
}
