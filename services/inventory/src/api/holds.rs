use axum::{Json, extract::State, http::StatusCode, response::Response};
use boxoffice_chassis::{
    Problem, created,
    extract::{Body, Caller, Listed, Page, PageParams, Path, RequestKey},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Once};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App, found,
    lines::{LineIn, LineOut, shown, wanted},
};
use crate::{
    commands::{ReleaseHold, TakeHold, What},
    domain::HoldStatus,
    store::{self, Hold},
};

/// Places to be held.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}]}))]
pub struct NewHold {
    /// All of them, or none.
    #[garde(length(min = 1, max = 20), dive)]
    lines: Vec<LineIn>,
}

/// Places that nobody else can buy for a while.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
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
    responses((status = 201, description = "Held", body = HoldOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn take(
    State(app): State<App>,
    caller: Caller,
    key: RequestKey,
    body: Body<NewHold>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, "POST /holds", &body).map(Into::into);
    let command = TakeHold {
        id: BookingId::from(app.entropy.uuid(app.clock.now())),
        owner: caller.subject().to_owned(),
        what: What::Lines(wanted(&body.lines)?),
        life: app.settings.hold_life,
    };
    let (hold, replayed) = match app.writer.run(caller.origin.clone(), Once { key, command }).await? {
        Effect::Fresh(hold) => (hold, false),
        Effect::Replayed(id) => (by_id(&app, &caller, id.parse().map_err(Problem::internal)?).await?, true),
    };
    Ok(created(&format!("/api/v1/holds/{}", hold.id), replayed, &HoldOut::try_from(hold)?))
}

/// List one's own holds
///
/// Newest first; operators see everyone's.
#[utoipa::path(get, path = "/api/v1/holds", tag = "holds", params(PageParams),
    responses((status = 200, description = "One page", body = Vec<HoldOut>), Problem),
    security(("bearer" = ["customer"])))]
pub async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Listed<HoldOut>, Problem> {
    customer(&caller)?;
    let owner = (!caller.has(Scope::Operator)).then(|| caller.subject());
    let holds = store::holds(app.writer.database(), owner, page.after()?, page.rows()).await?;
    let holds = holds.into_iter().map(HoldOut::try_from).collect::<Result<_, _>>()?;
    Ok(page.list(holds, |last| last.id))
}

/// Read a hold
#[utoipa::path(get, path = "/api/v1/holds/{id}", tag = "holds", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The hold", body = HoldOut), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(State(app): State<App>, caller: Caller, Path(id): Path<BookingId>) -> Result<Json<HoldOut>, Problem> {
    customer(&caller)?;
    Ok(Json(by_id(&app, &caller, id).await?.try_into()?))
}

/// Give a hold back
///
/// Repeated, it does nothing. 409 once an order has claimed it: cancel the booking then.
#[utoipa::path(delete, path = "/api/v1/holds/{id}", tag = "holds", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Given back"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn release(State(app): State<App>, caller: Caller, Path(id): Path<BookingId>) -> Result<StatusCode, Problem> {
    customer(&caller)?;
    let owner = (!caller.has(Scope::Operator)).then(|| caller.subject().to_owned());
    app.writer.run(caller.origin, ReleaseHold { id, owner }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub fn customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}

async fn by_id(app: &App, caller: &Caller, id: BookingId) -> Result<Hold, Problem> {
    let hold = app.writer.database().get::<Hold>(id).await?;
    found(hold.filter(|hold| caller.has(Scope::Operator) || hold.owner == caller.subject()), "hold", id)
}
