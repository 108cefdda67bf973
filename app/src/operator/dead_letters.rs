//! Messages that failed too often and wait for a decision.

use axum::{Json, extract::State};
use boxoffice_database::Database;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, Path},
};
use boxoffice_identity::Scope;
use boxoffice_outbox::{DeferredMessage, DeferredState, DiscardedMessage};
use boxoffice_writer::{DeadLetterRefusal, DiscardDeadLetter, ReplayDeadLetter};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{App, redacted::Redacted};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(list_dropped))
        .routes(routes!(show))
        .routes(routes!(replay))
        .routes(routes!(give_up))
}

/// A message that failed too often.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "orders/inventory/42", "messageId": "0197f0c2-7a50-7000-8000-0123456789ab", "kind": "InventorySoldEvent",
    "key": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "saidAt": "2030-06-01T19:30:00Z", "attempts": 10,
    "error": "the order is not known yet", "correlation": "0197f0c27a4e7c3b",
    "body": {"orderId": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d"}
}))]
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
    pub published_at: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub error: String,
    /// The errand it belongs to.
    pub correlation_id: String,
    /// The message, without what could be used to pay.
    #[schema(value_type = Object)]
    pub body: Redacted,
}

/// A message that an operator gave up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "letter": {"id": "orders/inventory/42", "messageId": "0197f0c2-7a50-7000-8000-0123456789ab", "kind": "InventorySoldEvent",
    "key": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "saidAt": "2030-06-01T19:30:00Z", "attempts": 10,
    "error": "the order is not known yet", "correlation": "0197f0c27a4e7c3b",
    "body": {"orderId": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d"}},
    "droppedAt": "2030-06-02T08:00:00Z", "droppedBy": "otto",
    "reason": "the customer was reached by telephone"
}))]
pub struct DroppedLetter {
    /// The message as it was parked.
    pub letter: DeadLetter,
    /// When it was given up.
    pub discarded_at: String,
    /// By whom: the subject of a token, or `command-line` while the system was stopped.
    #[schema(example = "operator:command-line")]
    pub discarded_by: String,
    /// Why.
    pub reason: String,
}

impl DeadLetter {
    fn of(service: &str, retry: DeferredMessage) -> Self {
        Self {
            id: format!("{service}/{}/{}", retry.source, retry.position),
            message_id: retry.id,
            kind: retry.kind,
            key: retry.message_key,
            published_at: retry.published_at.to_string(),
            attempts: retry.attempts,
            error: retry.error,
            correlation_id: retry.correlation_id,
            body: Redacted::of(&retry.body),
        }
    }
}

impl DroppedLetter {
    fn of(service: &str, row: DiscardedMessage) -> Self {
        Self {
            letter: DeadLetter {
                id: format!("{service}/{}/{}", row.source, row.position),
                message_id: row.id,
                kind: row.kind,
                key: row.message_key,
                published_at: row.published_at.to_string(),
                attempts: row.attempts,
                error: row.error,
                correlation_id: row.correlation_id,
                body: Redacted::of(&row.body),
            },
            discarded_at: row.discarded_at.to_string(),
            discarded_by: row.discarded_by,
            reason: row.reason,
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
    let rows = DeferredMessage::dead_lettered(database, MOST).await?;
    Ok(rows.into_iter().map(|retry| DeadLetter::of(service, retry)).collect())
}

/// The messages of one service that were given up, the latest first.
///
/// # Errors
/// As a read of the database.
pub async fn dropped(service: &str, database: &Database) -> Result<Vec<DroppedLetter>, boxoffice_database::Error> {
    let rows = DiscardedMessage::latest(database, MOST).await?;
    Ok(rows.into_iter().map(|row| DroppedLetter::of(service, row)).collect())
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

/// List dropped messages
///
/// Messages that operators gave up, with their reasons; the latest first, at most 200 of each service.
#[utoipa::path(get, path = "/api/v1/dead-letters/dropped", tag = "operator",
    responses((status = 200, description = "All of them", body = Vec<DroppedLetter>), Problem),
    security(("bearer" = ["operator"])))]
async fn list_dropped(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DroppedLetter>>, Problem> {
    caller.require(Scope::Operator)?;
    let mut letters = Vec::new();
    for writer in app.writers.iter() {
        letters.extend(dropped(writer.service(), writer.database()).await?);
    }
    Ok(Json(letters))
}

/// Show a parked message
///
/// With its body and why its last try failed. 404 when it has had its effect meanwhile, or is tried again.
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
    let retry = writer.database().get::<DeferredMessage>((source, position)).await?;
    let retry =
        retry.filter(|retry| retry.state == DeferredState::DeadLettered).ok_or(DeadLetterRefusal::NotDeadLettered)?;
    Ok(Json(DeadLetter::of(&service, retry)))
}

/// Try a parked message again
///
/// At once, with all its attempts before it.
#[utoipa::path(post, path = "/api/v1/dead-letters/{service}/{source}/{position}/replay", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    responses((status = 200, description = "Being tried again", body = serde_json::Value,
        example = json!({"replayed": true})), Problem),
    security(("bearer" = ["operator"])))]
async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path((service, source, position)): Path<(String, String, i64)>,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.require(Scope::Operator)?;
    let writer = app.writer(&service)?;
    writer.run(caller.origin, ReplayDeadLetter { source, position }).await?;
    Ok(Json(serde_json::json!({"replayed": true})))
}

/// Why a message is given up.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "the customer was reached by telephone"}))]
pub struct GivenUp {
    /// What a colleague has to know in a year.
    #[garde(custom(is_reason))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// How long a reason may be, in characters.
pub const LONGEST_REASON: usize = 500;

fn is_reason(reason: &str, (): &()) -> garde::Result {
    match reason.trim().chars().count() {
        1..=LONGEST_REASON => Ok(()),
        _ => Err(garde::Error::new(format!("is to have 1 to {LONGEST_REASON} characters that say something"))),
    }
}

/// Give up a parked message
///
/// It never has its effect. The message, who gave it up, when and why are kept for ever, and an audit tells of it. What
/// waits behind it goes on.
#[utoipa::path(post, path = "/api/v1/dead-letters/{service}/{source}/{position}/drop", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    request_body = GivenUp,
    responses((status = 200, description = "It is given up", body = serde_json::Value,
        example = json!({"dropped": true})), Problem),
    security(("bearer" = ["operator"])))]
async fn give_up(
    State(app): State<App>,
    caller: Caller,
    Path((service, source, position)): Path<(String, String, i64)>,
    body: Body<GivenUp>,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.require(Scope::Operator)?;
    let reason = body.into_inner().reason.trim().to_owned();
    app.writer(&service)?.run(caller.origin, DiscardDeadLetter { source, position, reason }).await?;
    Ok(Json(serde_json::json!({"dropped": true})))
}
