//! Replays: published messages, delivered to their consumers again.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State};
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_http::{
    Problem,
    codes::{self, field},
    extract::{Body, Caller},
};
use boxoffice_identity::Scope;
use boxoffice_outbox::{Log, LogEntry};
use boxoffice_writer::{Failure, HandlerRefusal, ReplayOutcome, Writer};
use futures_util::future::join_all;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(replay))
}

/// Number of log entries that one request scans.
const WINDOW: i64 = 500;

/// Number of messages that are delivered concurrently.
const CONCURRENT_MESSAGES: usize = 50;

/// Maximum number of refusals that a response reports.
const MAX_REPORTED_REFUSALS: usize = 20;

/// Delay before a delivery is repeated to a writer whose queue is full.
const BUSY_RETRY_DELAY: Duration = Duration::from_millis(20);

/// Body of `POST /replays`: which messages to replay, and to which consumers.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"source": "orders", "since": "2020-01-01T00:00:00Z"}))]
pub struct ReplayRequest {
    /// The service that published the messages.
    #[garde(skip)]
    pub source: String,
    /// Replays messages published at or after this time.
    #[garde(skip)]
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Replays messages after this position of the log: the `next` of the previous response.
    #[serde(default)]
    #[garde(range(min = 0))]
    #[schema(minimum = 0)]
    pub after: i64,
    /// Delivers to this service only. Omit to deliver to all consumers.
    #[garde(skip)]
    pub to: Option<String>,
    /// Replays only the messages of this booking.
    #[garde(skip)]
    pub key: Option<Uuid>,
    /// Lists the messages instead of delivering them.
    #[serde(default)]
    #[garde(skip)]
    pub dry_run: bool,
}

/// Result of replaying one part of a log.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "scanned": 500, "remaining": 12, "next": 500, "delivered": 730, "changed": 2, "skipped": 0, "refused": 0,
    "refusals": [], "messages": []
}))]
pub struct ReplayResponse {
    /// Number of log entries that were scanned.
    pub scanned: i64,
    /// Number of log entries after them.
    pub remaining: i64,
    /// Position from which to continue; null at the end of the log.
    pub next: Option<i64>,
    /// Number of successful deliveries.
    pub delivered: u64,
    /// Number of deliveries that changed data.
    pub changed: u64,
    /// Number of deliveries that were skipped because the first delivery is still to come, or the message is blocked.
    pub skipped: u64,
    /// Number of deliveries that the consumer refused.
    pub refused: u64,
    /// The reasons of the refusals, at most 20.
    pub refusals: Vec<String>,
    /// The messages that a replay would deliver; empty unless `dryRun` is set.
    pub messages: Vec<ReplayCandidate>,
}

/// A message that a replay would deliver.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayCandidate {
    /// Position in the source's log.
    pub position: i64,
    /// Message type, such as `OrderConfirmedEvent`.
    pub kind: String,
    /// Ordering key: the id of the booking that the message is about.
    pub key: Uuid,
    /// When the source published the message.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
    /// The services that would consume it.
    pub to: Vec<String>,
}

/// Replay messages
///
/// Delivers messages that a service published, and that are still retained, to their consumers again: after a consumer
/// with a defect was fixed, or to undo the discarding of a dead letter. Replaying is idempotent: a consumer that handled
/// the message before changes nothing. One request scans at most 500 log entries; the response says where to continue.
#[utoipa::path(post, path = "/api/v1/replays", tag = "operator", request_body = ReplayRequest,
    responses((status = 200, description = "Result of the replay", body = ReplayResponse)),
    security(("bearer" = ["operator"])))]
async fn replay(
    State(app): State<App>,
    caller: Caller,
    body: Body<ReplayRequest>,
) -> Result<Json<ReplayResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let request = body.into_inner();
    let unknown = |name| Problem::field(name, field::FORMAT, "is not the name of a service");
    let source = app.writers.iter().find(|writer| writer.service() == request.source);
    let log = source.map(|writer| Log::of(writer.service(), writer.database().clone())).ok_or(unknown("source"))?;
    let consumers = Consumers::of(&app, &request);
    if request.to.as_ref().is_some_and(|to| app.writers.iter().all(|writer| writer.service() != to)) {
        return Err(unknown("to"));
    }
    let (mut response, window) = scan(&log, &request).await?;
    if request.dry_run {
        response.messages = window.iter().filter_map(|entry| consumers.candidate(entry)).collect();
        return Ok(Json(response));
    }
    for part in window.chunks(CONCURRENT_MESSAGES) {
        for (outcome, delivery) in consumers.deliver(part).await {
            response.count(outcome, &delivery)?;
        }
    }
    Ok(Json(response))
}

/// Scans the next window of the log and returns those entries that match the request.
async fn scan(log: &Log, request: &ReplayRequest) -> Result<(ReplayResponse, Vec<LogEntry>), Problem> {
    let begin = request.after.max(log.first_since(request.since).await? - 1);
    let window = log.after(begin, WINDOW).await?;
    let end = window.last().map_or(begin, |last| last.position);
    let last = log.head().await?.last_position;
    let scanned = i64::try_from(window.len()).unwrap_or(WINDOW);
    let next = (end < last && scanned > 0).then_some(end);
    let response = ReplayResponse { scanned, remaining: (last - end).max(0), next, ..ReplayResponse::default() };
    let matches = |entry: &LogEntry| {
        entry.message.published_at >= request.since && request.key.is_none_or(|key| entry.message.key == key)
    };
    Ok((response, window.into_iter().filter(matches).collect()))
}

/// The consumers of one service, by message type.
struct Consumers<'a>(BTreeMap<&'static str, Vec<&'a Writer>>);

impl<'a> Consumers<'a> {
    fn of(app: &'a App, request: &ReplayRequest) -> Self {
        let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for writer in app.writers.iter() {
            let is_requested = request.to.as_ref().is_none_or(|to| writer.service() == to);
            for kind in writer.reactions().kinds().into_iter().filter(|_| is_requested) {
                by_kind.entry(kind).or_default().push(writer);
            }
        }
        Self(by_kind)
    }

    fn of_entry(&self, entry: &LogEntry) -> &[&'a Writer] {
        self.0.get(entry.message.kind.as_ref()).map_or(&[], Vec::as_slice)
    }

    fn candidate(&self, LogEntry { position, message }: &LogEntry) -> Option<ReplayCandidate> {
        let to = self.0.get(message.kind.as_ref())?.iter().map(|writer| writer.service().to_owned()).collect();
        Some(ReplayCandidate {
            position: *position,
            kind: message.kind.clone().into_owned(),
            key: message.key,
            published_at: message.published_at,
            to,
        })
    }

    /// Delivers the entries to all their consumers concurrently; each consumer gets its own in log order.
    async fn deliver(&self, part: &[LogEntry]) -> Vec<(Outcome, String)> {
        let all = part.iter().flat_map(|entry| self.of_entry(entry).iter().map(move |writer| (entry, *writer)));
        join_all(all.map(async |(entry, writer)| {
            let delivery = format!("{} at {} to {}", entry.message.kind, entry.position, writer.service());
            loop {
                match writer.replay(entry).await {
                    Err(Failure::Busy) => Clock::system().sleep(BUSY_RETRY_DELAY).await,
                    outcome => return (outcome, delivery),
                }
            }
        }))
        .await
    }
}

type Outcome = Result<ReplayOutcome, Failure<HandlerRefusal>>;

impl ReplayResponse {
    fn count(&mut self, outcome: Outcome, delivery: &str) -> Result<(), Problem> {
        match outcome {
            Ok(ReplayOutcome::Changed) => {
                self.delivered += 1;
                self.changed += 1;
            }
            Ok(ReplayOutcome::Unchanged) => self.delivered += 1,
            Ok(ReplayOutcome::NotYetDelivered | ReplayOutcome::NoHandler) => self.skipped += 1,
            Err(Failure::Unavailable(reason)) => {
                let problem = Problem::new(&codes::UNAVAILABLE, format!("data cannot be written now: {reason}"));
                return Err(problem.with_retry_after(Duration::from_secs(1)));
            }
            // A refusal concerns this message alone, so the replay of the others continues.
            Err(refusal) => {
                self.refused += 1;
                if self.refusals.len() < MAX_REPORTED_REFUSALS {
                    self.refusals.push(format!("{delivery}: {refusal}"));
                }
            }
        }
        Ok(())
    }

    /// Adds the result of the next part of the log.
    pub fn add(&mut self, next: Self) {
        self.scanned += next.scanned;
        self.remaining = next.remaining;
        self.next = next.next;
        self.delivered += next.delivered;
        self.changed += next.changed;
        self.skipped += next.skipped;
        self.refused += next.refused;
        self.refusals.extend(next.refusals);
        self.messages.extend(next.messages);
    }
}
