//! The internal API for other services. It is not in the OpenAPI document, so the gateway does not route to it.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{delete, get, post},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, RequestedLine};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, Path, Query},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use super::{App, found, lines::requested_seats};
use crate::{
    commands::{CreateHold, HoldSource, QuoteLines, ReleaseHold},
    domain::HoldStatus,
    store::{Event, Hold, Member},
};

pub fn router() -> OpenApiRouter<App> {
    Router::new()
        .route("/internal/holds", post(create_hold))
        .route("/internal/holds/{id}", delete(release_hold))
        .route("/internal/quotes", post(quote_lines))
        .route("/internal/organizers/of-event/{id}", get(check_member))
        .into()
}

/// The hold that a booking needs.
#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateBookingHoldRequest {
    #[garde(skip)]
    id: BookingId,
    /// The subject of the customer's token, who owns the hold.
    #[garde(length(min = 1, max = 255))]
    owner: String,
    /// The seats to hold; `None` to use the existing hold with this id.
    #[garde(dive)]
    lines: Option<Vec<RequestedLine>>,
}

/// The part of a hold that a booking needs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BookingHoldResponse {
    id: BookingId,
    lines: Lines,
    currency: Currency,
    organizer_id: OrganizerId,
    expires_at: Option<Timestamp>,
    status: HoldStatus,
}

async fn create_hold(
    State(app): State<App>,
    caller: Caller,
    body: Body<CreateBookingHoldRequest>,
) -> Result<Json<BookingHoldResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let CreateBookingHoldRequest { id, owner, lines } = body.into_inner();
    let source = lines.map_or(Ok(HoldSource::Existing), |lines| requested_seats(&lines).map(HoldSource::Lines))?;
    let command = CreateHold { id, owner, source, lifetime: app.settings.unclaimed_hold_life };
    let Hold { id, organizer_id, hold_lines, currency, status, expires_at, .. } =
        app.writer.run(caller.origin, command).await?;
    Ok(Json(BookingHoldResponse { id, lines: hold_lines.0, currency, organizer_id, expires_at, status }))
}

async fn release_hold(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    app.writer.run(caller.origin, ReleaseHold { id, owner: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuoteRequest {
    #[garde(dive)]
    lines: Vec<RequestedLine>,
}

/// The requested lines at current prices.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuoteResponse {
    lines: Lines,
    currency: Currency,
    organizer_id: OrganizerId,
}

async fn quote_lines(
    State(app): State<App>,
    caller: Caller,
    body: Body<QuoteRequest>,
) -> Result<Json<QuoteResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let quote = QuoteLines { lines: requested_seats(&body.lines)? };
    let (lines, organizer_id, currency) = app.writer.run(caller.origin, quote).await?;
    Ok(Json(QuoteResponse { lines, currency, organizer_id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectQuery {
    subject: String,
}

/// Answers 204 when a subject is a member of the organizer of an event, 403 when it is not, and 404 without such an event.
async fn check_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<EventId>,
    Query(SubjectQuery { subject }): Query<SubjectQuery>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    let event = found(app.writer.database().get::<Event>(id).await?, "event", id)?;
    let member = app.writer.database().get::<Member>((event.organizer_id, subject)).await?;
    Ok(if member.is_some() { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN })
}
