use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, EventId, PricedLine, RequestedLine};
use boxoffice_http::{
    Outcome, Problem, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, IfMatch, Page, PageParams, PageResponse, Path, Sort},
    run_idempotent,
};
use boxoffice_identity::Scope;
use boxoffice_writer::Idempotent;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App, found,
    lines::{priced_lines, requested_seats},
};
use crate::{
    commands::{CreateHold, ExtendHold, HoldSource, ReleaseHold},
    domain::HoldStatus,
    store::{self, Hold, HoldsOf},
};

/// The seats to hold.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}]}))]
pub struct CreateHoldRequest {
    /// The lines to hold: all of them, or none.
    #[garde(length(min = 1, max = 20), dive)]
    #[schema(min_items = 1, max_items = 20)]
    lines: Vec<RequestedLine>,
}

/// Seats reserved for one buyer until they expire.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "status": "held", "expiresAt": "2030-06-01T19:40:00Z",
    "lines": [{"ticketTypeId": 1, "eventId": 1, "name": "General", "quantity": 2, "unitPrice": 25.5, "amount": 51.0}],
    "total": 51.0, "currency": "EUR"
}))]
pub struct HoldResponse {
    id: BookingId,
    lines: Vec<PricedLine>,
    status: HoldStatus,
    /// When the hold expires; null unless its status is `held`.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    total: Decimal,
    currency: Currency,
}

impl TryFrom<Hold> for HoldResponse {
    type Error = Problem;

    fn try_from(hold: Hold) -> Result<Self, Problem> {
        let (lines, total) = priced_lines(&hold.hold_lines, hold.currency)?;
        let Hold { id, status, expires_at, currency, .. } = hold;
        Ok(Self { id, lines, status, expires_at, total, currency })
    }
}

/// Create a hold
///
/// Reserves the seats of all lines or of none. A booking made from the hold has the same id.
#[utoipa::path(post, path = "/api/v1/holds", tag = "holds", request_body = CreateHoldRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 201, description = "Created", body = HoldResponse),
        (status = 409, description = "`sold-out` or `not-on-sale`")),
    security(("bearer" = ["customer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<CreateHoldRequest>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, "POST /holds", &body);
    let command = CreateHold {
        id: BookingId::from(app.entropy.uuid(app.clock.now())),
        owner: caller.subject().to_owned(),
        source: HoldSource::Lines(requested_seats(&body.lines)?),
        lifetime: app.settings.hold_life,
    };
    let request = Idempotent { key, command };
    let reload = |id| read_by_id(&app, &caller, id);
    let Outcome { value: hold, replayed } = run_idempotent(&app.writer, caller.origin.clone(), request, reload).await?;
    let (tag, location) = (ETag(hold.version), format!("/api/v1/holds/{}", hold.id));
    Ok((tag, created(&location, replayed, &HoldResponse::try_from(hold)?)).into_response())
}

type SortHolds = Sort<Hold>;

/// Filters and order of the list of holds.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HoldFilter {
    /// Lists only holds with this status.
    status: Option<HoldStatus>,
    /// Lists only holds with seats of this event.
    event_id: Option<EventId>,
    /// The order. Default: newest first.
    #[param(inline)]
    sort: Option<SortHolds>,
}

/// List holds
///
/// Returns the holds of the caller, newest first; operators see the holds of every buyer.
#[utoipa::path(get, path = "/api/v1/holds", tag = "holds", params(PageParams, HoldFilter),
    responses((status = 200, description = "One page of holds", body = Vec<HoldResponse>)),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<HoldFilter>,
) -> Result<PageResponse<HoldResponse>, Problem> {
    customer(&caller)?;
    let owner = (!caller.has(Scope::Operator)).then(|| caller.subject());
    let HoldFilter { status, event_id: event, sort } = page.filter;
    let of = HoldsOf { owner, status, event };
    let holds = store::holds(app.writer.database(), of, &page.order(sort)?, page.rows()).await?;
    page.list_sorted(sort, holds).try_map(HoldResponse::try_from)
}

/// Read a hold
///
/// Returns the hold with its prices and its expiry. Answers 404 for the hold of another buyer.
#[utoipa::path(get, path = "/api/v1/holds/{id}", tag = "holds", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The hold", body = HoldResponse)),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<(ETag, Json<HoldResponse>), Problem> {
    customer(&caller)?;
    let hold = read_by_id(&app, &caller, id).await?;
    Ok((ETag(hold.version), Json(hold.try_into()?)))
}

/// Extend a hold
///
/// Restarts the lifetime of the hold from now. A hold can be extended twice, while its status is `held`.
#[utoipa::path(post, path = "/api/v1/holds/{id}/extend", tag = "holds",
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 200, description = "The hold", body = HoldResponse),
        (status = 409, description = "`hold-extended-twice`, `hold-over` or `hold-claimed`")),
    security(("bearer" = ["customer"])))]
pub async fn extend(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    Path(id): Path<BookingId>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, &format!("POST /holds/{id}/extend"), &());
    let command = ExtendHold { id, owner: only_own(&caller), lifetime: app.settings.hold_life };
    let request = Idempotent { key, command };
    let reload = |id| read_by_id(&app, &caller, id);
    let outcome = run_idempotent(&app.writer, caller.origin.clone(), request, reload).await?;
    let replayed = outcome.replayed_header();
    Ok((ETag(outcome.value.version), replayed, Json(HoldResponse::try_from(outcome.value)?)).into_response())
}

/// Release a hold
///
/// Makes the seats available again. Repeating the request has no effect. Answers 409 once an order has claimed the hold:
/// cancel the booking instead.
#[utoipa::path(delete, path = "/api/v1/holds/{id}", tag = "holds",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "Releases the hold only while it has this ETag")),
    responses((status = 204, description = "Released"),
        (status = 409, description = "`hold-claimed`")),
    security(("bearer" = ["customer"])))]
pub async fn release(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    customer(&caller)?;
    let command = ReleaseHold { id, owner: only_own(&caller) };
    app.writer.run(caller.origin, if_match.guard::<Hold, _>(id, command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The owner whose holds the caller may change; `None` for operators, who may change every hold.
fn only_own(caller: &Caller) -> Option<String> {
    (!caller.has(Scope::Operator)).then(|| caller.subject().to_owned())
}

/// Requires the scope `customer` or `operator`.
/// Requires the scope `customer` or `operator`.
pub fn customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}

async fn read_by_id(app: &App, caller: &Caller, id: BookingId) -> Result<Hold, Problem> {
    let hold = app.writer.database().get::<Hold>(id).await?;
    found(hold.filter(|hold| caller.has(Scope::Operator) || hold.owner == caller.subject()), "hold", id)
}
