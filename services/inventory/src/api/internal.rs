//! What neighbors ask. Not documented, and so not reachable from outside.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{delete, get, post},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, Path, Query},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use super::{
    App, found,
    lines::{LineIn, wanted},
};
use crate::{
    commands::{Quote, ReleaseHold, TakeHold, What},
    domain::HoldStatus,
    store::{Event, Hold, Member},
};

pub fn router() -> OpenApiRouter<App> {
    Router::new()
        .route("/internal/holds", post(take))
        .route("/internal/holds/{id}", delete(release))
        .route("/internal/quotes", post(quote))
        .route("/internal/organizers/of-event/{id}", get(acts_for))
        .into()
}

/// A booking's hold.
#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BookingHold {
    #[garde(skip)]
    id: BookingId,
    /// The subject of the customer's token.
    #[garde(length(min = 1, max = 255))]
    owner: String,
    /// None: the hold of that id, which the customer took before.
    #[garde(dive)]
    lines: Option<Vec<LineIn>>,
}

/// What a booking needs to know of its hold.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TakenHold {
    id: BookingId,
    lines: Lines,
    currency: Currency,
    organizer_id: OrganizerId,
    expires_at: Option<Timestamp>,
    status: HoldStatus,
}

async fn take(State(app): State<App>, caller: Caller, body: Body<BookingHold>) -> Result<Json<TakenHold>, Problem> {
    caller.require(Scope::Operator)?;
    let BookingHold { id, owner, lines } = body.into_inner();
    let what = lines.map_or(Ok(What::Existing), |lines| wanted(&lines).map(What::Lines))?;
    let command = TakeHold { id, owner, what, life: app.settings.unclaimed_hold_life };
    let Hold { id, organizer_id, lines, currency, status, expires_at, .. } =
        app.writer.run(caller.origin, command).await?;
    Ok(Json(TakenHold { id, lines: lines.0, currency, organizer_id, expires_at, status }))
}

async fn release(State(app): State<App>, caller: Caller, Path(id): Path<BookingId>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    app.writer.run(caller.origin, ReleaseHold { id, owner: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuoteFor {
    #[garde(dive)]
    lines: Vec<LineIn>,
}

/// Lines at today's prices.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quoted {
    lines: Lines,
    currency: Currency,
    organizer_id: OrganizerId,
}

async fn quote(State(app): State<App>, caller: Caller, body: Body<QuoteFor>) -> Result<Json<Quoted>, Problem> {
    caller.require(Scope::Operator)?;
    let quote = Quote { lines: wanted(&body.lines)? };
    let (lines, organizer_id, currency) = app.writer.run(caller.origin, quote).await?;
    Ok(Json(Quoted { lines, currency, organizer_id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    subject: String,
}

/// Whether a subject acts for the organizer of an event.
async fn acts_for(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EventId>,
    Query(Subject { subject }): Query<Subject>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    let event = found(app.writer.database().get::<Event>(id).await?, "event", id)?;
    let member = app.writer.database().get::<Member>((event.organizer_id, subject)).await?;
    Ok(if member.is_some() { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN })
}
