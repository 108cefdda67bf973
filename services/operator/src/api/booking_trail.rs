//! Booking trail: all messages about one booking, with their causes and the state of each delivery.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_database::Error;
use boxoffice_envelope::Message;
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, NoFilter, Path, Query},
};
use boxoffice_identity::Scope;
use boxoffice_outbox::{Cursor, DeferredMessage, DeferredState, DiscardedMessage, OutboxMessage};
use boxoffice_writer::Writer;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{App, redacted::Redacted};

/// Maximum number of published messages, and of deferred ones, that are returned for each service.
const MAX_MESSAGES: i64 = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A message about a booking.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BookingMessage {
    /// The message id, which later messages carry as `causationId`.
    id: Uuid,
    #[schema(example = "OrderCreatedEvent")]
    kind: String,
    /// The service that published it.
    #[schema(example = "orders")]
    source: String,
    /// Position in the log of that service; negative for a message that the service deferred without publishing it.
    position: i64,
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// The message that caused this one; null when a request or a task of the service caused it.
    causation_id: Option<Uuid>,
    /// The same for all messages and log lines that follow from one request.
    correlation_id: String,
    /// The subject of the token with which the request was made, or the name of a service or task.
    actor: String,
    /// The message body, with the payment token redacted.
    #[schema(value_type = Object)]
    body: Redacted,
    /// One entry for each service that consumes this message.
    consumed_by: Vec<ConsumerState>,
}

/// The state of a message at one of its consumers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConsumerState {
    #[schema(example = "inventory")]
    service: String,
    state: DeliveryState,
    /// Number of failed delivery attempts, if the message was deferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<i64>,
    /// Time of the next delivery attempt, while the message is deferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// The error of the last delivery attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The reason that an operator gave for discarding the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The state of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum DeliveryState {
    /// The consumer handled the message.
    Consumed,
    /// The first delivery is still to come.
    Pending,
    /// Delivery failed; another attempt follows.
    Deferred,
    /// The message waits behind an earlier message of the same booking.
    Blocked,
    /// All delivery attempts failed; an operator replays or discards the message.
    DeadLettered,
    /// An operator discarded the message.
    Discarded,
}

/// A service in its role as consumer of the messages about one booking.
struct Consumer<'w> {
    writer: &'w Writer,
    deferred: Vec<DeferredMessage>,
    discarded: Vec<DiscardedMessage>,
    cursors: Vec<Cursor>,
}

/// List the messages of a booking
///
/// All messages about the booking that the services retain (one week by default), oldest first, at most 200 for each
/// service, with their causes and the state of each delivery. Deferred and dead-lettered messages are included.
#[utoipa::path(get, path = "/api/v1/bookings/{id}/messages", tag = "operator",
    params(("id" = Uuid, Path, example = "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d")),
    responses((status = 200, description = "Messages about the booking", body = Vec<BookingMessage>,
        example = json!([{
            "id": "0197f0c2-7a50-7000-8000-0123456789ab", "kind": "BookingCancelledEvent", "source": "bookings",
            "position": 17, "publishedAt": "2030-06-01T19:30:00Z", "causationId": null,
            "correlationId": "0197f0c27a4e7c3b", "actor": "ann",
            "body": {"bookingId": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "reason": "cancelled"},
            "consumedBy": [{"service": "orders", "state": "deferred", "attempts": 2, "dueAt": "2030-06-01T19:30:01Z",
                "error": "too early"}]
        }]))),
    security(("bearer" = ["operator"])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    _: Query<NoFilter>,
) -> Result<Json<Vec<BookingMessage>>, Problem> {
    caller.require(Scope::Operator)?;
    let messages = app.messages_about(id.get()).await?;
    if messages.is_empty() && !app.host.has_booking(id).await? {
        return Err(Problem::new(&codes::NOT_FOUND, format!("booking {id} does not exist")));
    }
    Ok(Json(messages))
}

impl App {
    async fn messages_about(&self, key: Uuid) -> Result<Vec<BookingMessage>, Error> {
        // Logs are read before cursors: a message that is published in between is left out, and none that is included
        // appears as pending because its cursor was read too early.
        let mut messages = BTreeMap::new();
        for writer in self.writers.iter() {
            for row in OutboxMessage::by_key(writer.database(), key, MAX_MESSAGES).await? {
                let position = row.position;
                messages.insert(row.id, (position, row.message(writer.service())));
            }
        }
        let mut consumers = Vec::new();
        for writer in self.writers.iter() {
            let (deferred, cursors) = DeferredMessage::by_key(writer.database(), key, MAX_MESSAGES).await?;
            // A service defers its own tasks without publishing them, and the log of a deferred message may have been
            // trimmed.
            for row in &deferred {
                messages.entry(row.id).or_insert_with(|| (row.position, row.message()));
            }
            let discarded = DiscardedMessage::by_key(writer.database(), key, MAX_MESSAGES).await?;
            for row in &discarded {
                messages.entry(row.id).or_insert_with(|| (row.position, row.message()));
            }
            consumers.push(Consumer { writer, deferred, discarded, cursors });
        }
        let messages = messages.into_values();
        let mut trail: Vec<_> =
            messages.map(|(position, message)| BookingMessage::of(position, message, &consumers)).collect();
        trail.sort_by(|a, b| (a.published_at, &a.source, a.position).cmp(&(b.published_at, &b.source, b.position)));
        Ok(trail)
    }
}

impl BookingMessage {
    fn of(position: i64, message: Message, consumers: &[Consumer<'_>]) -> Self {
        let consumed_by = consumers.iter().filter_map(|consumer| consumer.state(position, &message)).collect();
        let Message { id, kind, source, key: _, published_at, origin, schema: _, body } = message;
        Self {
            id,
            kind: kind.into_owned(),
            source: source.into_owned(),
            position,
            published_at,
            causation_id: origin.causation_id,
            correlation_id: origin.correlation_id,
            actor: origin.actor,
            body: Redacted::of(&body),
            consumed_by,
        }
    }
}

impl Consumer<'_> {
    /// `None` if the service has no handler for such messages.
    fn state(&self, position: i64, message: &Message) -> Option<ConsumerState> {
        let service = self.writer.service().to_owned();
        if let Some(row) = self.deferred.iter().find(|row| row.id == message.id) {
            let state = match row.state {
                DeferredState::Deferred => DeliveryState::Deferred,
                DeferredState::Blocked => DeliveryState::Blocked,
                DeferredState::DeadLettered => DeliveryState::DeadLettered,
            };
            return Some(ConsumerState {
                service,
                state,
                attempts: Some(row.attempts),
                due_at: (row.state == DeferredState::Deferred).then_some(row.due_at),
                error: Some(row.error.clone()).filter(|error| !error.is_empty()),
                reason: None,
            });
        }
        if let Some(row) = self.discarded.iter().find(|row| row.id == message.id) {
            return Some(ConsumerState {
                service,
                state: DeliveryState::Discarded,
                attempts: Some(row.attempts),
                due_at: None,
                error: Some(row.error.clone()),
                reason: Some(row.reason.clone()),
            });
        }
        let is_consumer = self.writer.reactions().kinds().contains(message.kind.as_ref());
        let cursor = self.cursors.iter().find(|cursor| cursor.source == message.source);
        let state = match cursor {
            Some(cursor) if cursor.position >= position => DeliveryState::Consumed,
            _ => DeliveryState::Pending,
        };
        is_consumer.then_some(ConsumerState { service, state, attempts: None, due_at: None, error: None, reason: None })
    }
}
