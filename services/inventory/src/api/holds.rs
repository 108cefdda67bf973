use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, EventId};
use boxoffice_http::{
    Problem, created,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, IfMatch, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Idempotent};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App, found,
    lines::{LineIn, LineOut, shown, wanted},
};
use crate::{
    commands::{ExtendHold, ReleaseHold, TakeHold, What},
    domain::HoldStatus,
    store::{self, Hold, HoldsOf},
};

/// Places to be held.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}]}))]
pub struct NewHold {
    /// All of them, or none.
    #[garde(length(min = 1, max = 20), dive)]
    #[schema(min_items = 1, max_items = 20)]
    lines: Vec<LineIn>,
}

/// Places that nobody else can buy for a while.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "status": "held", "expiresAt": "2030-06-01T19:40:00Z",
    "lines": [{"ticketTypeId": 1, "eventId": 1, "name": "General", "quantity": 2, "unitPrice": 25.5, "amount": 51.0}],
    "total": 51.0, "currency": "EUR"
}))]
pub struct HoldOut {
    id: BookingId,
    lines: Vec<LineOut>,
    status: HoldStatus,
    /// While it is held.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    total: Decimal,
    currency: Currency,
}

impl TryFrom<Hold> for HoldOut {
    type Error = Problem;

    fn try_from(hold: Hold) -> Result<Self, Problem> {
        let (lines, total) = shown(&hold.lines, hold.currency)?;
        let Hold { id, status, expires_at, currency, .. } = hold;
        Ok(Self { id, lines, status, expires_at, total, currency })
    }
}

/// Take places for a while
///
/// All lines or none. A booking made from the hold takes over its id.
#[utoipa::path(post, path = "/api/v1/holds", tag = "holds", request_body = NewHold,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Held", body = HoldOut),
        (status = 409, description = "`sold-out` or `not-on-sale`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn take(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    body: Body<NewHold>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, "POST /holds", &body);
    let command = TakeHold {
        id: BookingId::from(app.entropy.uuid(app.clock.now())),
        owner: caller.subject().to_owned(),
        what: What::Lines(wanted(&body.lines)?),
        life: app.settings.hold_life,
    };
    let (hold, replayed) = match app.writer.run(caller.origin.clone(), Idempotent { key, command }).await? {
        Effect::Fresh(hold) => (hold, false),
        Effect::Replayed(id) => (by_id(&app, &caller, id.parse().map_err(Problem::internal)?).await?, true),
    };
    let (tag, location) = (ETag(hold.version), format!("/api/v1/holds/{}", hold.id));
    Ok((tag, created(&location, replayed, &HoldOut::try_from(hold)?)).into_response())
}

type SortHolds = Sort<Hold>;

/// What is listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HoldFilter {
    /// Only in this state.
    status: Option<HoldStatus>,
    /// Only those with places of this event.
    event_id: Option<EventId>,
    /// The order: the newest first when it is left out.
    #[param(inline)]
    sort: Option<SortHolds>,
}

/// List one's own holds
///
/// Newest first; operators see everyone's.
#[utoipa::path(get, path = "/api/v1/holds", tag = "holds", params(PageParams, HoldFilter),
    responses((status = 200, description = "One page", body = Vec<HoldOut>), Problem),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<HoldFilter>,
) -> Result<PageResponse<HoldOut>, Problem> {
    customer(&caller)?;
    let owner = (!caller.has(Scope::Operator)).then(|| caller.subject());
    let HoldFilter { status, event_id: event, sort } = page.filter;
    let of = HoldsOf { owner, status, event };
    let holds = store::holds(app.writer.database(), of, &page.order(sort)?, page.rows()).await?;
    page.list_sorted(sort, holds).try_map(HoldOut::try_from)
}

/// Read a hold
///
/// With what it costs and when it runs out. Another's is not found.
#[utoipa::path(get, path = "/api/v1/holds/{id}", tag = "holds", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The hold", body = HoldOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<(ETag, Json<HoldOut>), Problem> {
    customer(&caller)?;
    let hold = by_id(&app, &caller, id).await?;
    Ok((ETag(hold.version), Json(hold.try_into()?)))
}

/// Extend a hold
///
/// It lives as long again as when it was taken, from this moment on; twice in its life, while it is held.
#[utoipa::path(post, path = "/api/v1/holds/{id}/extend", tag = "holds",
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 200, description = "The hold", body = HoldOut),
        (status = 409, description = "`hold-extended-twice`, `hold-over` or `hold-claimed`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn extend(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    Path(id): Path<BookingId>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, &format!("POST /holds/{id}/extend"), &());
    let command = ExtendHold { id, owner: only_own(&caller), life: app.settings.hold_life };
    let (hold, replayed) = match app.writer.run(caller.origin.clone(), Idempotent { key, command }).await? {
        Effect::Fresh(hold) => (hold, None),
        Effect::Replayed(_) => (by_id(&app, &caller, id).await?, Some([("idempotency-replayed", "true")])),
    };
    Ok((ETag(hold.version), replayed, Json(HoldOut::try_from(hold)?)).into_response())
}

/// Give a hold back
///
/// Repeated, it does nothing. 409 once an order has claimed it: cancel the booking then.
#[utoipa::path(delete, path = "/api/v1/holds/{id}", tag = "holds",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "Only while the hold has this ETag")),
    responses((status = 204, description = "Given back"),
        (status = 409, description = "`hold-claimed`", body = Problem, content_type = "application/problem+json"),
        Problem),
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

/// Whose holds the caller may change; none for everyone's.
fn only_own(caller: &Caller) -> Option<String> {
    (!caller.has(Scope::Operator)).then(|| caller.subject().to_owned())
}

pub fn customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}

async fn by_id(app: &App, caller: &Caller, id: BookingId) -> Result<Hold, Problem> {
    let hold = app.writer.database().get::<Hold>(id).await?;
    found(hold.filter(|hold| caller.has(Scope::Operator) || hold.owner == caller.subject()), "hold", id)
}
