use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_http::{
    Problem, created,
    extract::{Caller, ETag, IdempotencyKeyHeader, Prefer},
};

use super::{
    App,
    card_free::CardFree,
    customer,
    shown::{BookingOut, shown},
    taking::Placed,
    wanted::NewBooking,
};
use crate::store::{self, Ticketed};

/// Place a booking
///
/// Of `lines`, all or none, or of a hold that was taken before. The answer comes as soon as the seats are held and the
/// booking is kept: it is PENDING, and is confirmed, or ends otherwise, by itself; `Location` says where to watch it.
/// With `Prefer: wait=5` the answer waits for the end, for at most so many seconds (30 at the most), and says
/// `Preference-Applied`. Repeated with the same `Idempotency-Key`, the request has one effect, and is answered with the
/// booking as it is by then.
#[utoipa::path(post, path = "/api/v1/bookings", tag = "bookings", request_body = NewBooking,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect"),
        ("Prefer" = Option<String>, Header, description = "`wait=n`: wait for the end, for at most n seconds", example = "wait=5")),
    responses((status = 201, description = "Placed", body = BookingOut,
        headers(("Location" = String, description = "The path of the booking"),
            ("ETag" = String, description = "Its version, for `If-Match`"),
            ("Idempotency-Replayed" = Option<String>, description = "`true` when an earlier request had the effect"),
            ("Preference-Applied" = Option<String>, description = "`wait=n` when the answer waited for the end"))),
        (status = 400, description = "`invalid`, `mixed-lines`, `unknown-payment-token`, `card-data-refused`",
            body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: another's `userId`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: an event, ticket type, hold or user that there is not", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`sold-out`, `not-on-sale`, `profile-missing`, `hold-over`, `hold-used`",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key-reused`: the key came with another body", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`busy`: too many bookings are under way", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn place(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    prefer: Prefer,
    CardFree(body): CardFree<NewBooking>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    app.live.must_have_room()?;
    let key = key.bound(&caller, "POST /bookings", &body);
    let Placed { booking, replayed } = app.take(&caller, key, &body).await?;
    let (booking, tickets) = match prefer.wait {
        Some(span) => app.wait(booking, span).await,
        None => booking,
    };
    let location = format!("/api/v1/bookings/{}", booking.id);
    let response = created(&location, replayed, &shown(&booking, &tickets)?);
    Ok((ETag(booking.version), prefer.applied().map(|header| [header]), response).into_response())
}

impl App {
    /// The booking once it has ended, or as it is after `span`.
    async fn wait(&self, placed: Ticketed, span: Duration) -> Ticketed {
        let id = placed.0.id;
        let read = || store::booking(self.database(), id);
        let is_final = |found: &Option<Ticketed>| found.as_ref().is_some_and(|(booking, _)| booking.status.is_final());
        match self.live.status_watch.wait(&self.clock, id.get(), span, read, is_final).await {
            Ok(Some(found)) => found,
            // The booking is kept: that it cannot be read now must not look as if it were not.
            Ok(None) => placed,
            Err(error) => {
                tracing::warn!(%id, %error, "a booking cannot be waited for");
                placed
            }
        }
    }
}
