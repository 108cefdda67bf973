//! Dead letters: messages that failed in all delivery attempts. An operator replays or discards them.

use axum::{Json, extract::State};
use boxoffice_database::{Database, Error};
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
        .routes(routes!(list_discarded))
        .routes(routes!(read))
        .routes(routes!(replay))
        .routes(routes!(discard))
}

/// A message that failed in all its delivery attempts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "orders/inventory/42", "messageId": "0197f0c2-7a50-7000-8000-0123456789ab", "kind": "InventorySoldEvent",
    "key": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "publishedAt": "2030-06-01T19:30:00Z", "attempts": 10,
    "error": "the order is not known yet", "correlationId": "0197f0c27a4e7c3b",
    "body": {"orderId": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d"}
}))]
pub struct DeadLetter {
    /// `CONSUMER/SOURCE/POSITION`: the service that could not handle the message, the service that published it, and the
    /// position in the publisher's log.
    #[schema(example = "orders/inventory/42")]
    pub id: String,
    /// The id of the message itself, which is the same at all its consumers.
    pub message_id: Uuid,
    /// Message type, such as `InventorySoldEvent`.
    pub kind: String,
    /// Ordering key: the id of the booking that the message is about.
    pub key: Uuid,
    /// When the source published the message (RFC 3339).
    pub published_at: String,
    /// Number of failed delivery attempts.
    pub attempts: i64,
    /// The error of the last delivery attempt.
    pub error: String,
    /// Correlation id: the same for all messages and log lines that follow from one request.
    pub correlation_id: String,
    /// The message body, with the payment token redacted.
    #[schema(value_type = Object)]
    pub body: Redacted,
}

/// A dead letter that an operator discarded.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "deadLetter": {"id": "orders/inventory/42", "messageId": "0197f0c2-7a50-7000-8000-0123456789ab",
    "kind": "InventorySoldEvent", "key": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "publishedAt": "2030-06-01T19:30:00Z",
    "attempts": 10, "error": "the order is not known yet", "correlationId": "0197f0c27a4e7c3b",
    "body": {"orderId": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d"}},
    "discardedAt": "2030-06-02T08:00:00Z", "discardedBy": "otto",
    "reason": "the customer was reached by telephone"
}))]
pub struct DiscardedDeadLetter {
    /// The dead letter as it was when the operator discarded it.
    pub dead_letter: DeadLetter,
    /// When the operator discarded it (RFC 3339).
    pub discarded_at: String,
    /// The subject of the operator's token, or `command-line` when the system was stopped.
    #[schema(example = "operator:command-line")]
    pub discarded_by: String,
    /// The reason that the operator gave.
    pub reason: String,
}

impl DeadLetter {
    fn of(service: &str, row: DeferredMessage) -> Self {
        Self {
            id: format!("{service}/{}/{}", row.source, row.position),
            message_id: row.id,
            kind: row.kind,
            key: row.message_key,
            published_at: row.published_at.to_string(),
            attempts: row.attempts,
            error: row.error,
            correlation_id: row.correlation_id,
            body: Redacted::of(&row.body),
        }
    }
}

impl DiscardedDeadLetter {
    fn of(service: &str, row: DiscardedMessage) -> Self {
        Self {
            dead_letter: DeadLetter {
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

/// Maximum number of dead letters that are listed for each service.
const MAX_LISTED: i64 = 200;

/// The dead letters of one service, oldest first, at most 200.
///
/// # Errors
/// The database cannot be read.
pub async fn dead_letters(service: &str, database: &Database) -> Result<Vec<DeadLetter>, Error> {
    let rows = DeferredMessage::dead_lettered(database, MAX_LISTED).await?;
    Ok(rows.into_iter().map(|row| DeadLetter::of(service, row)).collect())
}

/// The discarded dead letters of one service, latest first, at most 200.
///
/// # Errors
/// The database cannot be read.
pub async fn discarded_dead_letters(service: &str, database: &Database) -> Result<Vec<DiscardedDeadLetter>, Error> {
    let rows = DiscardedMessage::latest(database, MAX_LISTED).await?;
    Ok(rows.into_iter().map(|row| DiscardedDeadLetter::of(service, row)).collect())
}

/// List dead letters
///
/// Messages that failed in all delivery attempts; oldest first, at most 200 for each service.
#[utoipa::path(get, path = "/api/v1/dead-letters", tag = "operator",
    responses((status = 200, description = "Dead letters of all services", body = Vec<DeadLetter>)),
    security(("bearer" = ["operator"])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DeadLetter>>, Problem> {
    caller.require(Scope::Operator)?;
    let mut all = Vec::new();
    for writer in app.writers.iter() {
        all.extend(dead_letters(writer.service(), writer.database()).await?);
    }
    Ok(Json(all))
}

/// List discarded dead letters
///
/// Dead letters that operators discarded, with their reasons; latest first, at most 200 for each service.
#[utoipa::path(get, path = "/api/v1/dead-letters/discarded", tag = "operator",
    responses((status = 200, description = "Discarded dead letters of all services", body = Vec<DiscardedDeadLetter>)),
    security(("bearer" = ["operator"])))]
async fn list_discarded(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DiscardedDeadLetter>>, Problem> {
    caller.require(Scope::Operator)?;
    let mut all = Vec::new();
    for writer in app.writers.iter() {
        all.extend(discarded_dead_letters(writer.service(), writer.database()).await?);
    }
    Ok(Json(all))
}

/// Get a dead letter
///
/// With its body and the error of its last delivery attempt. 404 once the message has been handled, replayed or
/// discarded.
#[utoipa::path(get, path = "/api/v1/dead-letters/{service}/{source}/{position}", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    responses((status = 200, description = "The dead letter", body = DeadLetter)),
    security(("bearer" = ["operator"])))]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path((service, source, position)): Path<(String, String, i64)>,
) -> Result<Json<DeadLetter>, Problem> {
    caller.require(Scope::Operator)?;
    let writer = app.writer(&service)?;
    let row = writer.database().get::<DeferredMessage>((source, position)).await?;
    let row = row.filter(|row| row.state == DeferredState::DeadLettered).ok_or(DeadLetterRefusal::NotDeadLettered)?;
    Ok(Json(DeadLetter::of(&service, row)))
}

/// Replay a dead letter
///
/// Delivers the message again at once, with a fresh set of delivery attempts.
#[utoipa::path(post, path = "/api/v1/dead-letters/{service}/{source}/{position}/replay", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    responses((status = 200, description = "The message is being delivered again", body = serde_json::Value,
        example = json!({"replayed": true}))),
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

/// Body of `POST /dead-letters/{service}/{source}/{position}/discard`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "the customer was reached by telephone"}))]
pub struct DiscardRequest {
    /// Why the message is discarded. It stays in the audit trail.
    #[garde(custom(is_reason))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Maximum length of a reason, in characters.
pub const MAX_REASON_LENGTH: usize = 500;

fn is_reason(reason: &str, (): &()) -> garde::Result {
    match reason.trim().chars().count() {
        1..=MAX_REASON_LENGTH => Ok(()),
        _ => Err(garde::Error::new(format!("must have 1 to {MAX_REASON_LENGTH} characters besides white space"))),
    }
}

/// Discard a dead letter
///
/// The message never has its effect. The message, the operator, the time and the reason are retained indefinitely, and
/// every audit reports them. Messages that were blocked behind it are delivered.
#[utoipa::path(post, path = "/api/v1/dead-letters/{service}/{source}/{position}/discard", tag = "operator",
    params(("service" = String, Path, example = "orders"), ("source" = String, Path, example = "inventory"),
           ("position" = i64, Path, example = 42)),
    request_body = DiscardRequest,
    responses((status = 200, description = "The message is discarded", body = serde_json::Value,
        example = json!({"discarded": true}))),
    security(("bearer" = ["operator"])))]
async fn discard(
    State(app): State<App>,
    caller: Caller,
    Path((service, source, position)): Path<(String, String, i64)>,
    body: Body<DiscardRequest>,
) -> Result<Json<serde_json::Value>, Problem> {
    caller.require(Scope::Operator)?;
    let reason = body.into_inner().reason.trim().to_owned();
    app.writer(&service)?.run(caller.origin, DiscardDeadLetter { source, position, reason }).await?;
    Ok(Json(serde_json::json!({"discarded": true})))
}
