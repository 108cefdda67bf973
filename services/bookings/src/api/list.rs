use std::sync::Arc;

use axum::extract::State;
use boxoffice_contracts::{EventId, UserId};
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_identity::Scope;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    App, customer,
    shown::{BookingOut, shown},
};
use crate::{
    domain::Status,
    error::unanswered,
    neighbours::Standing,
    store::{self, Booking, BookingsOf},
};

type SortBookings = Sort<Booking>;

/// What is listed.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BookingFilter {
    /// Only this user's; another's is for operators.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Only those with tickets of this event.
    #[param(value_type = Option<i64>, minimum = 1)]
    event_id: Option<EventId>,
    /// Only those in this state.
    status: Option<Status>,
    /// In which order; the newest first unless it is said.
    #[param(inline)]
    sort: Option<SortBookings>,
}

/// List one's own bookings
///
/// Newest first; operators see everyone's. A token that belongs to no user gets an empty list.
#[utoipa::path(get, path = "/api/v1/bookings", tag = "bookings", params(PageParams, BookingFilter),
    responses((status = 200, description = "One page", body = Vec<BookingOut>,
        headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))), Problem),
    security(("bearer" = ["customer"])))]
pub async fn own(
    State(app): State<Arc<App>>,
    caller: Caller,
    page: Page<BookingFilter>,
) -> Result<PageResponse<BookingOut>, Problem> {
    customer(&caller)?;
    let BookingFilter { user_id, event_id: event, status, sort } = page.filter;
    let user = if caller.has(Scope::Operator) {
        user_id
    } else {
        let own = app.own_user(&caller).await?;
        if user_id.is_some() && user_id != own {
            return Err(Problem::new(&codes::FORBIDDEN, "only operators may name another's `userId`"));
        }
        if own.is_none() {
            page.order(sort)?;
            return Ok(page.list(Vec::new(), |last: &BookingOut| last.id));
        }
        own
    };
    app.listed(BookingsOf { user, event, status }, sort, page).await
}

/// What is listed of an event.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventBookingFilter {
    /// Only those in this state.
    status: Option<Status>,
    /// In which order; the newest first unless it is said.
    #[param(inline)]
    sort: Option<SortBookings>,
}

/// List the bookings of an event
///
/// Newest first, for whoever acts for the event's organizer.
#[utoipa::path(get, path = "/api/v1/events/{id}/bookings", tag = "bookings",
    params(("id" = i64, Path, example = 1), PageParams, EventBookingFilter),
    responses((status = 200, description = "One page", body = Vec<BookingOut>,
        headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn of_event(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(event): Path<EventId>,
    page: Page<EventBookingFilter>,
) -> Result<PageResponse<BookingOut>, Problem> {
    let is_operator = caller.has(Scope::Operator);
    if !is_operator {
        caller.require(Scope::Organizer)?;
    }
    let standing = app.neighbours.standing(event, caller.subject(), &caller.origin).await.map_err(unanswered)?;
    match standing {
        None => return Err(Problem::new(&codes::NOT_FOUND, format!("there is no event {event}"))),
        Some(Standing::Stranger) if !is_operator => {
            return Err(Problem::new(&codes::FORBIDDEN, "the token does not act for the organizer of this event"));
        }
        Some(_) => {}
    }
    let EventBookingFilter { status, sort } = page.filter;
    app.listed(BookingsOf { event: Some(event), status, user: None }, sort, page).await
}

impl App {
    async fn listed<F>(
        &self,
        of: BookingsOf,
        sort: Option<SortBookings>,
        page: Page<F>,
    ) -> Result<PageResponse<BookingOut>, Problem> {
        let (bookings, mut tickets) = store::bookings(self.database(), of, page.order(sort)?, page.rows()).await?;
        page.list_sorted(sort, bookings).try_map(|booking| {
            let tickets = tickets.remove(&booking.id).unwrap_or_default();
            shown(&booking, &tickets)
        })
    }
}
