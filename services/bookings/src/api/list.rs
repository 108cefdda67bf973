use std::sync::Arc;

use axum::extract::State;
use boxoffice_contracts::{EventId, UserId};
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_identity::Scope;
use boxoffice_users_client::Visibility;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{App, require_customer, responses::BookingResponse};
use crate::{
    clients::EventAccess,
    domain::BookingStatus,
    error::read_failed,
    store::{self, Booking, BookingFilter, BookingWithTickets},
};

type SortBookings = Sort<Booking>;

/// Query parameters of a list of bookings.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BookingsQuery {
    /// Lists the bookings of this user only. Operators may name any user, customers only themselves.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Lists bookings with tickets of this event only.
    #[param(value_type = Option<i64>, minimum = 1)]
    event_id: Option<EventId>,
    /// Lists bookings with this status only.
    status: Option<BookingStatus>,
    /// Sort order; defaults to `-createdAt`, newest first.
    #[param(inline)]
    sort: Option<SortBookings>,
}

/// List bookings
///
/// Lists the caller's own bookings, newest first; for operators, the bookings of all users. The list is empty when the
/// token belongs to no user.
#[utoipa::path(get, path = "/api/v1/bookings", tag = "bookings", params(PageParams, BookingsQuery),
    responses((status = 200, description = "One page of bookings", body = Vec<BookingResponse>,
        headers(("Link" = Option<String>, description = "URL of the next page, with `rel=\"next\"`")))),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    page: Page<BookingsQuery>,
) -> Result<PageResponse<BookingResponse>, Problem> {
    require_customer(&caller)?;
    let BookingsQuery { user_id, event_id: event, status, sort } = page.filter;
    let user = match Visibility::of(&caller, app.own_user(&caller)).await?.narrow(user_id)? {
        Visibility::All => None,
        Visibility::Only(user) => Some(user),
        Visibility::Nothing => {
            // An invalid cursor is refused although the list is empty.
            page.order(sort)?;
            return Ok(page.list(Vec::new(), |last: &BookingResponse| last.id));
        }
    };
    app.list(BookingFilter { user, event, status }, sort, page).await
}

/// Query parameters of a list of an event's bookings.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventBookingsQuery {
    /// Lists bookings with this status only.
    status: Option<BookingStatus>,
    /// Sort order; defaults to `-createdAt`, newest first.
    #[param(inline)]
    sort: Option<SortBookings>,
}

/// List the bookings of an event
///
/// Lists all bookings with tickets of the event, newest first. The caller must be a member of the event's
/// organizer, or an operator.
#[utoipa::path(get, path = "/api/v1/events/{id}/bookings", tag = "bookings",
    params(("id" = i64, Path, example = 1), PageParams, EventBookingsQuery),
    responses((status = 200, description = "One page of bookings", body = Vec<BookingResponse>,
        headers(("Link" = Option<String>, description = "URL of the next page, with `rel=\"next\"`")))),
    security(("bearer" = ["organizer"])))]
pub async fn of_event(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(event): Path<EventId>,
    page: Page<EventBookingsQuery>,
) -> Result<PageResponse<BookingResponse>, Problem> {
    let is_operator = caller.has(Scope::Operator);
    if !is_operator {
        caller.require(Scope::Organizer)?;
    }
    let access = app.clients.inventory.event_access(event, caller.subject(), &caller.origin).await;
    match access.map_err(read_failed)? {
        None => return Err(Problem::new(&codes::NOT_FOUND, format!("event {event} not found"))),
        Some(EventAccess::Denied) if !is_operator => {
            return Err(Problem::new(
                &codes::FORBIDDEN,
                "only members of the organizer of this event and operators may list its bookings",
            ));
        }
        Some(_) => {}
    }
    let EventBookingsQuery { status, sort } = page.filter;
    app.list(BookingFilter { event: Some(event), status, user: None }, sort, page).await
}

impl App {
    async fn list<F>(
        &self,
        filter: BookingFilter,
        sort: Option<SortBookings>,
        page: Page<F>,
    ) -> Result<PageResponse<BookingResponse>, Problem> {
        let (bookings, mut tickets) = store::bookings(self.database(), filter, page.order(sort)?, page.rows()).await?;
        page.list_sorted(sort, bookings).try_map(|booking| {
            let tickets = tickets.remove(&booking.id).unwrap_or_default();
            BookingResponse::new(&BookingWithTickets { booking, tickets })
        })
    }
}
