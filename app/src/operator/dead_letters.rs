//! Messages that failed too often and wait for a decision.

use axum::{Json, extract::State};
use boxoffice_chassis::{
    Problem, codes,
    extract::{Caller, Path},
};
use boxoffice_database::Database;
use boxoffice_identity::Scope;
use boxoffice_outbox::{Retry, RetryState};
use boxoffice_writer::{DeadLetterRefused, Failure, Replay};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{App, redacted::Redacted};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(replay))
}

/// A message that failed too often.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// `SERVICE/SOURCE/POSITION`: who could not handle it, who said it, and where in that service's log.
    #[schema(example = "orders/inventory/42")]
    pub id: String,
    /// The message's own id.
    pub message_id: Uuid,
    /// Such as `InventorySoldEvent`.
    pub kind: String,
    /// The booking that it is about.
    pub key: Uuid,
    /// When it was said.
    pub said_at: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub error: String,
    /// The errand it belongs to.
    pub correlation: String,
    /// The message, without what could be used to pay.
    #[schema(value_type = Object)]
    pub body: Redacted,
}

impl DeadLetter {
    fn of(service: &str, retry: Retry) -> Self {
        Self {
            id: format!("{service}/{}/{}", retry.source, retry.position),
            message_id: retry.id,
            kind: retry.kind,
            key: retry.message_key,
            said_at: retry.said_at.to_string(),
            attempts: retry.attempts,
            error: retry.error,
            correlation: retry.correlation,
            body: Redacted::of(&retry.body),
        }
    }
}

/// How many parked messages of one service are listed.
const MOST: i64 = 200;

/// The parked messages of one service, oldest first.
///
/// # Errors
/// As a read of the database.
pub async fn parked(service: &str, database: &Database) -> Result<Vec<DeadLetter>, boxoffice_database::Error> {
    let rows = Retry::parked(database, MOST).await?;
    Ok(rows.into_iter().map(|retry| DeadLetter::of(service, retry)).collect())
}

/// List parked messages
///
/// Messages that failed as often as they may be tried; oldest first, at most 200 of each service.
#[utoipa::path(get, path = "/api/v1/dead-letters", tag = "operator",
    responses((status = 200, description = "All of them", body = Vec<DeadLetter>), Problem),
    security(("bearer" = ["operator"])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DeadLetter>>, Problem> {
    caller.require(Scope::Operator)?;
    let mut letters = Vec::new();
    for writer in app.writers.iter() {
        letters.extend(parked(writer.service(), writer.database()).await?);
    }
    Ok(Json(letters))
}

/// Show a parked message
#[utoipa::path(get, path = "/api/v1/dead-letters/{service}/{source}/{position}", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    responses((status = 200, description = "The message", body = DeadLetter), Problem),
    security(("bearer" = ["operator"])))]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path((service, source, position)): Path<(String, String, i64)>,
) -> Result<Json<DeadLetter>, Problem> {
    caller.require(Scope::Operator)?;
    let writer = app.writer(&service)?;
    let retry = writer.database().get::<Retry>((source, position)).await?;
    let retry = retry.filter(|retry| retry.state == RetryState::Dead).ok_or_else(not_parked)?;
    Ok(Json(DeadLetter::of(&service, retry)))
}

/// Try a parked message again
///
/// At once, with all its attempts before it.
#[utoipa::path(post, path = "/api/v1/dead-letters/{service}/{source}/{position}/replay", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    responses((status = 200, description = "Being tried again", body = serde_json::Value), Problem),
    security(("bearer" = ["operator"])))]
async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path((service, source, position)): Path<(String, String, i64)>,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.require(Scope::Operator)?;
    let writer = app.writer(&service)?;
    match writer.run(caller.origin, Replay { source, position }).await {
        Ok(()) => Ok(Json(serde_json::json!({"replayed": true}))),
        Err(Failure::Refused(DeadLetterRefused::NotFound | DeadLetterRefused::NotParked)) => Err(not_parked()),
        Err(Failure::Busy) => Err(Problem::new(&codes::BUSY, "too much work waits already")),
        Err(other) => Err(Problem::internal(other)),
    }
}

fn not_parked() -> Problem {
    Problem::new(&codes::NOT_FOUND, "there is no such parked message")
}
