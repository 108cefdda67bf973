use axum::extract::State;
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{OrganizerId, VenueId};
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, Page, PageParams, PageResponse, Sort},
};
use serde::Deserialize;

use super::shown::EventOut;
use crate::{
    api::App,
    domain::EventStatus,
    store::{self, Event, EventsOf},
};

/// The longest text that is looked for.
const LONGEST_TEXT: usize = 200;

type SortEvents = Sort<Event>;

/// What is listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Only this organizer's.
    organizer_id: Option<OrganizerId>,
    /// Only at this venue.
    venue_id: Option<VenueId>,
    /// Only in this state.
    status: Option<EventStatus>,
    /// Only those that begin then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those that begin earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Only those with this text in their name. Capitals of the Latin alphabet without accents do not count.
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// The order: by id when it is left out.
    #[param(inline)]
    sort: Option<SortEvents>,
}

/// List events
///
/// With what is on sale and how many places are left. Filters hold together.
#[utoipa::path(get, path = "/api/v1/events", tag = "catalogue", params(PageParams, EventFilter),
    responses((status = 200, description = "One page", body = Vec<EventOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    page: Page<EventFilter>,
) -> Result<PageResponse<EventOut>, Problem> {
    let EventFilter { organizer_id, venue_id, status, from, until, sort, .. } = page.filter;
    let text = page.filter.q.as_deref();
    if text.is_some_and(|text| !(1..=LONGEST_TEXT).contains(&text.chars().count())) {
        return Err(Problem::field("q", codes::field::LENGTH, format!("expected 1 to {LONGEST_TEXT} characters")));
    }
    let of = EventsOf { organizer: organizer_id, venue: venue_id, status, from, until, text };
    let database = app.writer.database();
    let events = store::events(database, of, &page.order(sort)?, page.rows()).await?;
    let around = store::around(database, &events).await?;
    Ok(page.list_sorted(sort, events).map(|event| EventOut::of(event, &around)))
}
