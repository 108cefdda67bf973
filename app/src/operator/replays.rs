//! Messages that were said, said again to those who listen.

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

/// How many messages of a log are looked at for one request, and how many are under way at once.
const WINDOW: i64 = 500;
const AT_ONCE: usize = 50;

/// How many refusals are told of.
const TOLD: usize = 20;

/// How long to wait where too much waits already.
const BREATH: Duration = Duration::from_millis(20);

/// Which messages, and to whom.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"source": "orders", "since": "2020-01-01T00:00:00Z"}))]
pub struct ReplayOf {
    /// The service that said them.
    #[garde(skip)]
    pub source: String,
    /// Those that were said at this time or later.
    #[garde(skip)]
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Those behind this position of the log: where the answer before this one says to go on.
    #[serde(default)]
    #[garde(range(min = 0))]
    #[schema(minimum = 0)]
    pub after: i64,
    /// Only to this service; to everyone who listens when left out.
    #[garde(skip)]
    pub to: Option<String>,
    /// Only those about this booking.
    #[garde(skip)]
    pub key: Option<Uuid>,
    /// Only tells what would be said again.
    #[serde(default)]
    #[garde(skip)]
    pub dry_run: bool,
}

/// What came of one part of a log.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "looked": 500, "left": 12, "next": 500, "delivered": 730, "changed": 2, "skipped": 0, "refused": 0, "refusals": [],
    "messages": []
}))]
pub struct Replayed {
    /// How many messages of the log were looked at.
    pub looked: i64,
    /// How many are left behind them.
    pub left: i64,
    /// Where to go on; null at the end of the log.
    pub next: Option<i64>,
    /// How often a message was brought to a listener.
    pub delivered: u64,
    /// How often that changed something.
    pub changed: u64,
    /// How often it was left alone, because it has not been heard yet, or waits behind another.
    pub skipped: u64,
    /// How often it was refused.
    pub refused: u64,
    /// Why, at most 20 of them.
    pub refusals: Vec<String>,
    /// What would be said again; nothing unless that was asked.
    pub messages: Vec<Again>,
}

/// A message that would be said again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Again {
    /// Its place in the log.
    pub position: i64,
    /// Such as `OrderConfirmedEvent`.
    pub kind: String,
    /// The booking that it is about.
    pub key: Uuid,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who would hear it.
    pub to: Vec<String>,
}

/// Say messages again
///
/// Brings messages that a service said, and that are still kept, to their listeners once more: after a listener was
/// mended that had passed over them, or to undo the dropping of one. Whoever has done everything does nothing. At most 500
/// messages of the log are looked at; the answer says where to go on.
#[utoipa::path(post, path = "/api/v1/replays", tag = "operator", request_body = ReplayOf,
    responses((status = 200, description = "What came of it", body = Replayed), Problem),
    security(("bearer" = ["operator"])))]
async fn replay(State(app): State<App>, caller: Caller, body: Body<ReplayOf>) -> Result<Json<Replayed>, Problem> {
    caller.require(Scope::Operator)?;
    let wanted = body.into_inner();
    let unknown = |name| Problem::field(name, field::FORMAT, "is no service");
    let source = app.writers.iter().find(|writer| writer.service() == wanted.source);
    let log = source.map(|writer| Log::of(writer.service(), writer.database().clone())).ok_or(unknown("source"))?;
    let listeners = Listeners::of(&app, &wanted);
    if wanted.to.as_ref().is_some_and(|to| app.writers.iter().all(|writer| writer.service() != to)) {
        return Err(unknown("to"));
    }
    let (mut replayed, window) = look(&log, &wanted).await?;
    if wanted.dry_run {
        replayed.messages = window.iter().filter_map(|said| listeners.again(said)).collect();
        return Ok(Json(replayed));
    }
    for part in window.chunks(AT_ONCE) {
        for (outcome, what) in listeners.tell(part).await {
            replayed.count(outcome, what)?;
        }
    }
    Ok(Json(replayed))
}

/// The next part of the log, with those of its messages that are wanted.
async fn look(log: &Log, wanted: &ReplayOf) -> Result<(Replayed, Vec<LogEntry>), Problem> {
    let begin = wanted.after.max(log.first_since(wanted.since).await? - 1);
    let window = log.after(begin, WINDOW).await?;
    let end = window.last().map_or(begin, |last| last.position);
    let last = log.head().await?.last_position;
    let looked = i64::try_from(window.len()).unwrap_or(WINDOW);
    let next = (end < last && looked > 0).then_some(end);
    let replayed = Replayed { looked, left: (last - end).max(0), next, ..Replayed::default() };
    let is_wanted = |said: &LogEntry| {
        said.message.published_at >= wanted.since && wanted.key.is_none_or(|key| said.message.key == key)
    };
    Ok((replayed, window.into_iter().filter(is_wanted).collect()))
}

/// Who listens to one service, by the kinds of messages.
struct Listeners<'a>(BTreeMap<&'static str, Vec<&'a Writer>>);

impl<'a> Listeners<'a> {
    fn of(app: &'a App, wanted: &ReplayOf) -> Self {
        let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for writer in app.writers.iter() {
            let is_wanted = wanted.to.as_ref().is_none_or(|to| writer.service() == to);
            for kind in writer.reactions().kinds().into_iter().filter(|_| is_wanted) {
                by_kind.entry(kind).or_default().push(writer);
            }
        }
        Self(by_kind)
    }

    fn to(&self, said: &LogEntry) -> &[&'a Writer] {
        self.0.get(said.message.kind.as_ref()).map_or(&[], Vec::as_slice)
    }

    fn again(&self, LogEntry { position, message }: &LogEntry) -> Option<Again> {
        let to: Vec<_> = self.0.get(message.kind.as_ref())?.iter().map(|writer| writer.service().to_owned()).collect();
        let (kind, key, at) = (message.kind.clone().into_owned(), message.key, message.published_at);
        Some(Again { position: *position, kind, key, at, to })
    }

    /// Brings them to everyone at once; each listener takes its own in their order.
    async fn tell(&self, part: &[LogEntry]) -> Vec<(Outcome, String)> {
        let all = part.iter().flat_map(|said| self.to(said).iter().map(move |writer| (said, *writer)));
        join_all(all.map(async |(said, writer)| {
            let what = format!("{} at {} to {}", said.message.kind, said.position, writer.service());
            loop {
                match writer.replay(said).await {
                    Err(Failure::Busy) => Clock::system().sleep(BREATH).await,
                    outcome => return (outcome, what),
                }
            }
        }))
        .await
    }
}

type Outcome = Result<ReplayOutcome, Failure<HandlerRefusal>>;

impl Replayed {
    fn count(&mut self, outcome: Outcome, what: String) -> Result<(), Problem> {
        match outcome {
            Ok(ReplayOutcome::Changed) => (self.delivered, self.changed) = (self.delivered + 1, self.changed + 1),
            Ok(ReplayOutcome::Unchanged) => self.delivered += 1,
            Ok(ReplayOutcome::NotYetDelivered | ReplayOutcome::NoHandler) => self.skipped += 1,
            Err(Failure::Unavailable(why)) => {
                let problem = Problem::new(&codes::UNAVAILABLE, format!("changes cannot be kept now: {why}"));
                return Err(problem.with_retry_after(Duration::from_secs(1)));
            }
            // Of a message of its own: the others are said again all the same.
            Err(refused) => {
                self.refused += 1;
                if self.refusals.len() < TOLD {
                    self.refusals.push(format!("{what}: {refused}"));
                }
            }
        }
        Ok(())
    }

    /// Adds what came of the next part.
    pub fn add(&mut self, next: Self) {
        self.looked += next.looked;
        (self.left, self.next) = (next.left, next.next);
        self.delivered += next.delivered;
        self.changed += next.changed;
        self.skipped += next.skipped;
        self.refused += next.refused;
        self.refusals.extend(next.refusals);
        self.messages.extend(next.messages);
    }
}
