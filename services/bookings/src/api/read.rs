use std::sync::Arc;

use axum::{Json, extract::State};
use boxoffice_contracts::BookingId;
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Path},
};
use boxoffice_identity::Scope;

use super::{App, not_found, require_customer, responses::BookingResponse};
use crate::store::{self, BookingWithTickets};

/// Read a booking
///
/// Returns a booking with its tickets and its timeline. Customers read their own bookings, operators all.
#[utoipa::path(get, path = "/api/v1/bookings/{id}", tag = "bookings", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The booking", body = BookingResponse,
            headers(("ETag" = String, description = "Version of the booking, for `If-Match`"))),
        (status = 404, description = "`not-found`: no such booking of the caller")),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<(ETag, Json<BookingResponse>), Problem> {
    require_customer(&caller)?;
    let booking = app.visible(&caller, id).await?.ok_or_else(|| not_found(id))?;
    Ok((ETag(booking.booking.version), Json(BookingResponse::new(&booking)?)))
}

impl App {
    /// The booking; `None` when it does not exist or the caller may not read it.
    async fn visible(&self, caller: &Caller, id: BookingId) -> Result<Option<BookingWithTickets>, Problem> {
        if caller.has(Scope::Operator) {
            return Ok(store::booking(self.database(), id).await?);
        }
        if let Some(own) = store::own_booking(self.database(), id, caller.subject()).await? {
            return Ok(Some(own));
        }
        // The booking may belong to a user of whom this service has no copy yet.
        let Some(found) = store::booking(self.database(), id).await? else { return Ok(None) };
        let user = self.own_user(caller).await?;
        Ok((user == Some(found.booking.user_id)).then_some(found))
    }
}
