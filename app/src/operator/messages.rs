//! What the services said about one booking, and who has heard it: the data behind the page of a booking.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use boxoffice_bookings::store::Booking;
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

/// How many messages of one service are shown, and how many that it has put aside.
const MOST: i64 = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_booking))
}

/// Something that a service said about a booking.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BookingMessage)]
struct Said {
    /// The message's own id, by which others name it as their cause.
    id: Uuid,
    #[schema(example = "OrderCreatedEvent")]
    kind: String,
    /// The service that said it.
    #[schema(example = "orders")]
    source: String,
    /// Its place in the log of that service; negative when the service put it aside without saying it.
    position: i64,
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// The message that it follows from; null when a request or a task of the service made it.
    causation_id: Option<Uuid>,
    /// The errand it belongs to: the same in every message and log line that follows from one request.
    correlation_id: String,
    /// Who made it: the subject of a token, or the name of a service or task.
    actor: String,
    /// The message, without what could be used to pay.
    #[schema(value_type = Object)]
    body: Redacted,
    /// How far each service is with it that reacts to it.
    heard_by: Vec<Hearing>,
}

/// How far a service is with a message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Hearing {
    #[schema(example = "inventory")]
    service: String,
    state: HearingState,
    /// How often it was tried, where it was put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<i64>,
    /// When it is tried next, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Why an operator gave it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Whether a message has had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum HearingState {
    /// It has had its effect.
    Heard,
    /// It is on its way.
    Pending,
    /// It failed and is tried again.
    Waiting,
    /// It waits for an earlier message of the same booking.
    Behind,
    /// It failed as often as it may, and an operator decides.
    Dead,
    /// An operator gave it up.
    DiscardedMessage,
}

/// A service as it listens.
struct Listener<'w> {
    writer: &'w Writer,
    retries: Vec<DeferredMessage>,
    dropped: Vec<DiscardedMessage>,
    cursors: Vec<Cursor>,
}

/// Show what the services said about a booking
///
/// All messages about it that the services still keep (a week unless told otherwise), oldest first, at most 200 of each
/// service: what each follows from, and which services have heard it. What was put aside stands here too, to be tried again
/// or decided by an operator.
#[utoipa::path(get, path = "/api/v1/bookings/{id}/messages", tag = "operator",
    params(("id" = Uuid, Path, example = "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d")),
    responses((status = 200, description = "What was said", body = Vec<Said>,
        example = json!([{
            "id": "0197f0c2-7a50-7000-8000-0123456789ab", "kind": "BookingCancelledEvent", "source": "bookings",
            "position": 17, "saidAt": "2030-06-01T19:30:00Z", "cause": null, "correlation": "0197f0c27a4e7c3b",
            "actor": "ann", "body": {"bookingId": "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d", "reason": "cancelled"},
            "heardBy": [{"service": "orders", "state": "waiting", "attempts": 2, "dueAt": "2030-06-01T19:30:01Z",
                "error": "too early"}]
        }])), Problem),
    security(("bearer" = ["operator"])))]
async fn of_booking(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    _: Query<NoFilter>,
) -> Result<Json<Vec<Said>>, Problem> {
    caller.require(Scope::Operator)?;
    let said = app.said_about(id.get()).await?;
    if said.is_empty() && app.writer("bookings")?.database().get::<Booking>(id).await?.is_none() {
        return Err(Problem::new(&codes::NOT_FOUND, format!("there is no booking {id}")));
    }
    Ok(Json(said))
}

impl App {
    async fn said_about(&self, key: Uuid) -> Result<Vec<Said>, Error> {
        // Messages first: what is said meanwhile is not shown, and nothing that is shown seems unheard for it.
        let mut messages = BTreeMap::new();
        for writer in self.writers.iter() {
            for row in OutboxMessage::by_key(writer.database(), key, MOST).await? {
                let position = row.position;
                messages.insert(row.id, (position, row.message(writer.service())));
            }
        }
        let mut listeners = Vec::new();
        for writer in self.writers.iter() {
            let (retries, cursors) = DeferredMessage::by_key(writer.database(), key, MOST).await?;
            // What a service puts aside itself stands in no log, and a log may have forgotten what was put aside.
            for retry in &retries {
                messages.entry(retry.id).or_insert_with(|| (retry.position, retry.message()));
            }
            let dropped = DiscardedMessage::by_key(writer.database(), key, MOST).await?;
            for row in &dropped {
                messages.entry(row.id).or_insert_with(|| (row.position, row.message()));
            }
            listeners.push(Listener { writer, retries, dropped, cursors });
        }
        let mut said: Vec<Said> =
            messages.into_values().map(|(at, message)| Said::of(at, message, &listeners)).collect();
        said.sort_by(|a, b| (a.published_at, &a.source, a.position).cmp(&(b.published_at, &b.source, b.position)));
        Ok(said)
    }
}

impl Said {
    fn of(position: i64, message: Message, listeners: &[Listener<'_>]) -> Self {
        let heard_by = listeners.iter().filter_map(|listener| listener.hearing(position, &message)).collect();
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
            heard_by,
        }
    }
}

impl Listener<'_> {
    /// None when it does not react to such messages.
    fn hearing(&self, position: i64, message: &Message) -> Option<Hearing> {
        let service = self.writer.service().to_owned();
        if let Some(retry) = self.retries.iter().find(|retry| retry.id == message.id) {
            let state = match retry.state {
                DeferredState::Deferred => HearingState::Waiting,
                DeferredState::Blocked => HearingState::Behind,
                DeferredState::DeadLettered => HearingState::Dead,
            };
            return Some(Hearing {
                service,
                state,
                attempts: Some(retry.attempts),
                due_at: (retry.state == DeferredState::Deferred).then_some(retry.due_at),
                error: Some(retry.error.clone()).filter(|error| !error.is_empty()),
                reason: None,
            });
        }
        if let Some(dropped) = self.dropped.iter().find(|dropped| dropped.id == message.id) {
            return Some(Hearing {
                service,
                state: HearingState::DiscardedMessage,
                attempts: Some(dropped.attempts),
                due_at: None,
                error: Some(dropped.error.clone()),
                reason: Some(dropped.reason.clone()),
            });
        }
        let listens = self.writer.reactions().kinds().contains(message.kind.as_ref());
        let cursor = self.cursors.iter().find(|cursor| cursor.source == message.source);
        let state = match cursor {
            Some(cursor) if cursor.position >= position => HearingState::Heard,
            _ => HearingState::Pending,
        };
        listens.then_some(Hearing { service, state, attempts: None, due_at: None, error: None, reason: None })
    }
}
