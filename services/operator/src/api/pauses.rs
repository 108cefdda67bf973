//! Pauses: hold all writers for a moment, so that a backup can open a consistent snapshot of all databases.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

use axum::{extract::State, http::StatusCode, response::Response};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_http::{
    Problem, codes, created,
    extract::{Caller, Path},
};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pause)).routes(routes!(resume))
}

/// Maximum length of a pause. Writes resume after it even if the client never ends the pause.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// A pause of all writes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "01990000-0000-7000-8000-000000000000", "seconds": 2}))]
pub struct Pause {
    /// The id with which the client ends the pause.
    pub id: Uuid,
    /// Number of seconds after which writes resume by themselves.
    #[schema(example = 2)]
    pub seconds: u64,
}

/// The current pause, at most one at a time.
#[derive(Clone, Default)]
pub(super) struct Pauses(Arc<Mutex<Option<CurrentPause>>>);

struct CurrentPause {
    id: Uuid,
    end: SyncSender<EndRequest>,
}

/// A request to end the pause; answered if the pause lasted until then.
type EndRequest = oneshot::Sender<()>;

impl Pauses {
    /// Holds all `writers` between two batches. Returns once no data changes any more.
    async fn begin(&self, writers: Arc<[Writer]>) -> Result<Uuid, Problem> {
        let id = Entropy::system().uuid(Clock::system().now());
        let (end, ends) = sync_channel(1);
        {
            let mut current = self.0.lock();
            if current.is_some() {
                let problem = Problem::new(&codes::BUSY, "another pause is in progress");
                return Err(problem.with_retry_after(MAX_PAUSE));
            }
            *current = Some(CurrentPause { id, end });
        }
        let (begun, begins) = oneshot::channel();
        let pauses = self.clone();
        tokio::task::spawn_blocking(move || pauses.hold(&writers, begun, &ends));
        begins.await.map_err(Problem::internal)?;
        Ok(id)
    }

    fn hold(&self, writers: &[Writer], begun: oneshot::Sender<()>, ends: &Receiver<EndRequest>) {
        // Audits hold the writers in the same order, so that the two cannot deadlock.
        let paused: Vec<_> = writers.iter().map(Writer::pause).collect();
        // The client may have disconnected while the writers finished their batches.
        let has_client = begun.send(()).is_ok();
        let ended = if has_client { ends.recv_timeout(MAX_PAUSE).ok() } else { None };
        *self.0.lock() = None;
        // A request to end the pause may have arrived between the timeout and the line above.
        let ended = ended.or_else(|| ends.try_recv().ok());
        drop(paused);
        match ended {
            Some(answer) => drop(answer.send(())),
            None => tracing::warn!("pause timed out: the client did not end it; writes resumed"),
        }
    }

    /// Ends the pause `id`; `false` if it had ended before.
    async fn end(&self, id: Uuid) -> bool {
        let current = self.0.lock().as_ref().filter(|current| current.id == id).map(|current| current.end.clone());
        let Some(end) = current else { return false };
        let (answer, answered) = oneshot::channel();
        end.try_send(answer).is_ok() && answered.await.is_ok()
    }
}

/// Pause writes
///
/// No data changes from this response until the pause is deleted, for at most 2 seconds: long enough to open a
/// consistent snapshot of all databases. Requests that write wait meanwhile; reads continue.
#[utoipa::path(post, path = "/api/v1/pauses", tag = "operator",
    responses((status = 201, description = "Writes are paused", body = Pause)),
    security(("bearer" = ["operator"])))]
async fn pause(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.require(Scope::Operator)?;
    let id = app.pauses.begin(app.writers.clone()).await?;
    Ok(created(&format!("/api/v1/pauses/{id}"), false, &Pause { id, seconds: MAX_PAUSE.as_secs() }))
}

/// Resume writes
///
/// 204 means that the pause lasted until now: the snapshots that were opened in it are consistent. 404 means that it had
/// ended before, and they may not be.
#[utoipa::path(delete, path = "/api/v1/pauses/{id}", tag = "operator",
    params(("id" = Uuid, Path, example = "01990000-0000-7000-8000-000000000000")),
    responses((status = 204, description = "The pause lasted until now")),
    security(("bearer" = ["operator"])))]
async fn resume(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    if app.pauses.end(id).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(&codes::NOT_FOUND, "the pause does not exist or has ended"))
    }
}
