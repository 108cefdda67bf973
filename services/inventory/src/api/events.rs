use axum::{Json, extract::State, response::Response};
use boxoffice_chassis::{
    Problem, codes, created,
    extract::{Body, Caller, Listed, Page, PageParams, Path, RequestKey},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, EventId, OrganizerId, VenueId};
use boxoffice_writer::{Effect, Once};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App, actor, found, organizer,
    ticket_types::{TypeIn, TypeOut},
};
use crate::{
    commands::{CreateEvent, NewTicketType, SetCapacity},
    domain::{EventStatus, MAX_AMOUNT},
    store::{self, Event, EventsOf, Quota, TicketType},
};

/// An event that is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Summer Night", "startsAt": "2030-06-01T19:30:00Z", "timeZone": "Europe/Berlin",
    "currency": "EUR", "capacity": 500, "ticketTypes": [{"name": "General", "price": 25.50}]}))]
pub struct NewEvent {
    /// Who sells; may be left out by whoever acts for one organizer only.
    #[garde(skip)]
    organizer_id: Option<OrganizerId>,
    /// Where.
    #[garde(skip)]
    venue_id: Option<VenueId>,
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    name: String,
    /// For people.
    #[serde(default)]
    #[garde(length(chars, max = 10_000))]
    description: String,
    /// When it begins; in the future.
    #[garde(skip)]
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// IANA name of the time zone in which people read the time.
    #[serde(default = "utc")]
    #[garde(length(min = 1, max = 64), custom(is_zone))]
    time_zone: String,
    /// Of all its prices.
    #[garde(skip)]
    currency: Currency,
    /// Places.
    #[garde(range(min = 1, max = MAX_AMOUNT))]
    capacity: i64,
    /// One "General" of price 0 when left out.
    #[serde(default)]
    #[garde(length(max = 100), dive)]
    ticket_types: Vec<TypeIn>,
}

fn utc() -> String {
    "UTC".into()
}

/// The form of an IANA name; which of them exist is for whoever shows the time.
fn is_zone(zone: &str, (): &()) -> garde::Result {
    let fits = zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if fits { Ok(()) } else { Err(garde::Error::new("expected a name such as Europe/Berlin")) }
}

/// What tickets are sold for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventOut {
    id: EventId,
    organizer_id: OrganizerId,
    venue_id: Option<VenueId>,
    #[schema(example = "Summer Night")]
    name: String,
    description: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    currency: Currency,
    /// Places of all its quotas.
    capacity: i64,
    /// Places that can still be taken: capacity less held less sold.
    available: i64,
    /// Places that buyers have for a while.
    held: i64,
    /// Places that are paid.
    sold: i64,
    status: EventStatus,
    ticket_types: Vec<TypeOut>,
}

impl EventOut {
    fn of(event: Event, types: &[TicketType], quotas: &[Quota]) -> Self {
        let quotas: Vec<Quota> = quotas.iter().filter(|quota| quota.event_id == event.id).cloned().collect();
        let sum = |part: fn(&Quota) -> i64| quotas.iter().map(part).sum();
        let types = types.iter().filter(|kind| kind.event_id == event.id);
        Self {
            id: event.id,
            organizer_id: event.organizer_id,
            venue_id: event.venue_id,
            name: event.name,
            description: event.description,
            starts_at: event.starts_at,
            time_zone: event.time_zone,
            currency: event.currency,
            capacity: sum(|quota| quota.capacity),
            available: sum(Quota::available),
            held: sum(|quota| quota.held),
            sold: sum(|quota| quota.sold),
            status: event.status,
            ticket_types: types.map(|kind| TypeOut::of(kind, &quotas)).collect(),
        }
    }
}

/// Make an event
///
/// With its ticket types, which draw from one quota of its capacity. On sale at once.
#[utoipa::path(post, path = "/api/v1/events", tag = "catalogue", request_body = NewEvent,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Made", body = EventOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: RequestKey,
    body: Body<NewEvent>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, "POST /events", &body).map(Into::into);
    if body.starts_at <= app.clock.now() {
        return Err(Problem::field("startsAt", codes::field::RANGE, "expected a time in the future"));
    }
    let organizer = organizer(&app, &caller, body.organizer_id).await?;
    let new = body.into_inner();
    let command = CreateEvent {
        actor,
        organizer,
        venue: new.venue_id,
        name: new.name,
        description: new.description,
        starts_at: new.starts_at,
        time_zone: new.time_zone,
        currency: new.currency,
        capacity: new.capacity,
        ticket_types: priced(new.ticket_types, new.currency)?,
    };
    let (id, replayed) = match app.writer.run(caller.origin, Once { key, command }).await? {
        Effect::Fresh(event) => (event.id, false),
        Effect::Replayed(id) => (id.parse().map_err(Problem::internal)?, true),
    };
    Ok(created(&format!("/api/v1/events/{id}"), replayed, &by_id(&app, id).await?))
}

fn priced(types: Vec<TypeIn>, currency: Currency) -> Result<Vec<NewTicketType>, Problem> {
    if types.is_empty() {
        return Ok(vec![NewTicketType { name: "General".into(), price_minor: 0 }]);
    }
    let priced = |(index, kind): (usize, TypeIn)| kind.priced(currency, &format!("ticketTypes[{index}].price"));
    types.into_iter().enumerate().map(priced).collect()
}

/// What is listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Only this organizer's.
    organizer_id: Option<OrganizerId>,
    /// Only in this state.
    status: Option<EventStatus>,
}

/// List events
///
/// By id.
#[utoipa::path(get, path = "/api/v1/events", tag = "catalogue", params(PageParams, EventFilter),
    responses((status = 200, description = "One page", body = Vec<EventOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(State(app): State<App>, _: Caller, page: Page<EventFilter>) -> Result<Listed<EventOut>, Problem> {
    let of = EventsOf { organizer: page.filter.organizer_id, status: page.filter.status };
    let after = page.after::<i64>()?.unwrap_or(0);
    let (events, types, quotas) = store::events(app.writer.database(), of, after, page.rows()).await?;
    let events = events.into_iter().map(|event| EventOut::of(event, &types, &quotas)).collect();
    Ok(page.list(events, |last| last.id.get()))
}

/// Read an event with its availability
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "catalogue", params(("id" = i64, Path, example = 1)),
    responses((status = 200, description = "The event", body = EventOut), Problem),
    security(("bearer" = [])))]
pub async fn read(State(app): State<App>, _: Caller, Path(id): Path<EventId>) -> Result<Json<EventOut>, Problem> {
    Ok(Json(by_id(&app, id).await?))
}

async fn by_id(app: &App, id: EventId) -> Result<EventOut, Problem> {
    let database = app.writer.database();
    let event = found(database.get::<Event>(id).await?, "event", id)?;
    let (types, quotas) = store::types_and_quotas(database, id).await?;
    Ok(EventOut::of(event, &types, &quotas))
}

/// How many places there are to be.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"capacity": 750}))]
pub struct Capacity {
    /// Places.
    #[garde(range(min = 0, max = MAX_AMOUNT))]
    capacity: i64,
}

/// Set an event's capacity
///
/// Absolute, so that a repetition does nothing more. 409 below what is held and sold.
#[utoipa::path(put, path = "/api/v1/events/{id}/capacity", tag = "catalogue", request_body = Capacity,
    params(("id" = i64, Path, example = 1)),
    responses((status = 200, description = "The event", body = EventOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn set_capacity(
    State(app): State<App>,
    caller: Caller,
    Path(event): Path<EventId>,
    body: Body<Capacity>,
) -> Result<Json<EventOut>, Problem> {
    let actor = actor(&caller)?;
    app.writer.run(caller.origin, SetCapacity { actor, event, capacity: body.capacity }).await?;
    Ok(Json(by_id(&app, event).await?))
}
