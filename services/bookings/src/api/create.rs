use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_http::{
    Outcome, Problem, created,
    extract::{Caller, ETag, IdempotencyKeyHeader, Prefer},
};

use super::{App, card_data::NoCardData, requests::CreateBookingRequest, require_customer, responses::BookingResponse};
use crate::store::{self, BookingWithTickets};

/// Create a booking
///
/// Books `lines`, all or none, or an existing hold. The response is sent once the seats are held and the booking is
/// durable: the booking is PENDING and reaches its final status without further requests; `Location` is its path. With
/// `Prefer: wait=5` the response waits up to 5 seconds (at most 30) for the final status, and has the header
/// `Preference-Applied`. A request repeated with the same `Idempotency-Key` has one effect and answers the booking as it
/// is by then.
#[utoipa::path(post, path = "/api/v1/bookings", tag = "bookings", request_body = CreateBookingRequest,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A request repeated with the same key has one effect"),
        ("Prefer" = Option<String>, Header, description = "`wait=n`: wait at most n seconds for the final status",
            example = "wait=5")),
    responses((status = 201, description = "The booking is created", body = BookingResponse,
        headers(("Location" = String, description = "Path of the booking"),
            ("ETag" = String, description = "Version of the booking, for `If-Match`"),
            ("Idempotency-Replayed" = Option<String>, description = "`true` when an earlier request had the effect"),
            ("Preference-Applied" = Option<String>, description = "`wait=n` when the response waited"))),
        (status = 400, description = "`invalid`, `mixed-lines`, `unknown-payment-token`, `card-data-refused`"),
        (status = 403, description = "`forbidden`: `userId` is another user"),
        (status = 404, description = "`not-found`: no such event, ticket type, hold or user"),
        (status = 409, description = "`sold-out`, `not-on-sale`, `profile-missing`, `hold-over`, `hold-used`"),
        (status = 422, description = "`key-reused`: the key was used with another body"),
        (status = 503, description = "`busy`: too many bookings are in progress")),
    security(("bearer" = ["customer"])))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    prefer: Prefer,
    NoCardData(body): NoCardData<CreateBookingRequest>,
) -> Result<Response, Problem> {
    require_customer(&caller)?;
    app.open_bookings.admit()?;
    let key = key.bound(&caller, "POST /bookings", &body);
    let Outcome { value: booking, replayed } = app.create(&caller, key, &body).await?;
    let booking = match prefer.wait {
        Some(span) => app.wait(booking, span).await,
        None => booking,
    };
    let location = format!("/api/v1/bookings/{}", booking.booking.id);
    let response = created(&location, replayed, &BookingResponse::new(&booking)?);
    let etag = ETag(booking.booking.version);
    Ok((etag, prefer.applied().map(|header| [header]), response).into_response())
}

impl App {
    /// The booking once it has a final status, or as it is after `span`.
    async fn wait(&self, created: BookingWithTickets, span: Duration) -> BookingWithTickets {
        let id = created.booking.id;
        let read = || store::booking(self.database(), id);
        let is_final =
            |found: &Option<BookingWithTickets>| found.as_ref().is_some_and(|found| found.booking.status.is_final());
        match self.open_bookings.status_watch.wait(&self.clock, id.get(), span, read, is_final).await {
            Ok(Some(found)) => found,
            Ok(None) => created,
            // The booking is durable: a failed read must not look like a failed request.
            Err(error) => {
                tracing::warn!(%id, %error, "could not wait for booking; answering it as it was created");
                created
            }
        }
    }
}
