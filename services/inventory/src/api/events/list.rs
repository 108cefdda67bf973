use axum::extract::State;
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, Page, PageParams, PageResponse, Sort},
};
use serde::Deserialize;

use super::responses::EventResponse;
use crate::{
    api::App,
    domain::EventStatus,
    store::{self, Event, EventsOf},
};

/// The longest search text, in characters.
const MAX_SEARCH_LENGTH: usize = 200;

type SortEvents = Sort<Event>;

/// Filters and order of the list of events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Lists only events of this organizer.
    organizer_id: Option<OrganizerId>,
    /// Lists only events at this venue.
    venue_id: Option<VenueId>,
    /// Lists only events with this status.
    status: Option<EventStatus>,
    /// Lists only events that start at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Lists only events that start before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Lists only events whose name contains this text. The case of ASCII letters is ignored.
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// The order. Default: by id.
    #[param(inline)]
    sort: Option<SortEvents>,
}

/// List events
///
/// Returns each event with its ticket types and available seats. An event must match all filters.
#[utoipa::path(get, path = "/api/v1/events", tag = "catalogue", params(PageParams, EventFilter),
    responses((status = 200, description = "One page of events", body = Vec<EventResponse>)),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<EventFilter>,
) -> Result<PageResponse<EventResponse>, Problem> {
    let EventFilter { organizer_id, venue_id, status, from, until, sort, .. } = page.filter;
    let text = page.filter.q.as_deref();
    if text.is_some_and(|text| !(1..=MAX_SEARCH_LENGTH).contains(&text.chars().count())) {
        return Err(Problem::field("q", codes::field::LENGTH, format!("expected 1 to {MAX_SEARCH_LENGTH} characters")));
    }
    let of = EventsOf { organizer: organizer_id, venue: venue_id, status, from, until, text };
    let database = app.writer.database();
    let events = store::events(database, of, &page.order(sort)?, page.rows()).await?;
    let details = store::event_details(database, &events).await?;
    Ok(page.list_sorted(sort, events).map(|event| EventResponse::of(event, &details)))
}
