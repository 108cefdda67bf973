use std::sync::Arc;

use axum::{Json, extract::State};
use boxoffice_contracts::BookingId;
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Path},
};
use boxoffice_identity::Scope;

use super::{
    App, customer, no_booking,
    shown::{BookingOut, shown},
};
use crate::store::{self, Ticketed};

/// Read a booking
///
/// With its tickets and its timeline. Another's is not found.
#[utoipa::path(get, path = "/api/v1/bookings/{id}", tag = "bookings", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The booking", body = BookingOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<(ETag, Json<BookingOut>), Problem> {
    customer(&caller)?;
    let (booking, tickets) = app.visible(&caller, id).await?.ok_or_else(|| no_booking(id))?;
    Ok((ETag(booking.version), Json(shown(&booking, &tickets)?)))
}

impl App {
    /// The booking, if the caller may see it.
    async fn visible(&self, caller: &Caller, id: BookingId) -> Result<Option<Ticketed>, Problem> {
        if caller.has(Scope::Operator) {
            return Ok(store::booking(self.database(), id).await?);
        }
        if let Some(own) = store::own_booking(self.database(), id, caller.subject()).await? {
            return Ok(Some(own));
        }
        // It may be there, and its user not heard of yet.
        let Some((booking, tickets)) = store::booking(self.database(), id).await? else { return Ok(None) };
        let user = self.own_user(caller).await?;
        Ok((user == Some(booking.user_id)).then_some((booking, tickets)))
    }
}
