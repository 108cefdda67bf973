//! Moments in which no data changes, for whoever takes a copy of all of it.

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
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(end))
}

/// How long nothing changes at most, whatever becomes of whoever asked for it.
const LONGEST: Duration = Duration::from_secs(2);

/// A moment in which no data changes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "01990000-0000-7000-8000-000000000000", "seconds": 2}))]
pub struct Pause {
    /// By which it is ended.
    pub id: Uuid,
    /// It ends by itself after so many seconds.
    #[schema(example = 2)]
    pub seconds: u64,
}

/// The pause that there is, if any.
#[derive(Clone, Default)]
pub(super) struct Pauses(Arc<Mutex<Option<Present>>>);

/// A pause, and how it is ended.
struct Present {
    id: Uuid,
    end: SyncSender<End>,
}

/// Answered when the pause had lasted until it was asked to end.
type End = oneshot::Sender<()>;

impl Pauses {
    /// Holds all `writers` between two batches. Returns when nothing changes any more.
    async fn begin(&self, writers: Arc<[Writer]>) -> Result<Uuid, Problem> {
        let id = Entropy::system().uuid(Clock::system().now());
        let (end, ends) = sync_channel(1);
        {
            let mut present = self.0.lock();
            if present.is_some() {
                let problem = Problem::new(&codes::BUSY, "another copy is being taken at this moment");
                return Err(problem.with_retry_after(LONGEST));
            }
            *present = Some(Present { id, end });
        }
        let (begun, begins) = oneshot::channel();
        let pauses = self.clone();
        tokio::task::spawn_blocking(move || pauses.hold(&writers, begun, &ends));
        begins.await.map_err(Problem::internal)?;
        Ok(id)
    }

    fn hold(&self, writers: &[Writer], begun: oneshot::Sender<()>, ends: &Receiver<End>) {
        // Always in this order, as audits do: two who wait for each other would wait for ever.
        let paused: Vec<_> = writers.iter().map(Writer::pause).collect();
        // Whoever asked may have gone.
        let is_wanted = begun.send(()).is_ok();
        let ended = if is_wanted { ends.recv_timeout(LONGEST).ok() } else { None };
        *self.0.lock() = None;
        // Somebody may have asked for the end a moment before nobody could any more.
        let ended = ended.or_else(|| ends.try_recv().ok());
        drop(paused);
        match ended {
            Some(answer) => drop(answer.send(())),
            None => tracing::warn!("a pause has ended by itself: whoever asked for it has not come back"),
        }
    }

    /// Ends the pause `id`; `false` when it had ended before.
    async fn end(&self, id: Uuid) -> bool {
        let present = self.0.lock().as_ref().filter(|present| present.id == id).map(|present| present.end.clone());
        let Some(end) = present else { return false };
        let (answer, answered) = oneshot::channel();
        end.try_send(answer).is_ok() && answered.await.is_ok()
    }
}

/// Hold still
///
/// From this answer on no data changes, until the pause is deleted, for at most 2 seconds: time enough to open every
/// database for a copy of one moment. Requests that change something wait meanwhile; reads do not.
#[utoipa::path(post, path = "/api/v1/pauses", tag = "operator",
    responses((status = 201, description = "Nothing changes", body = Pause), Problem),
    security(("bearer" = ["operator"])))]
async fn begin(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.require(Scope::Operator)?;
    let id = app.pauses.begin(app.writers.clone()).await?;
    Ok(created(&format!("/api/v1/pauses/{id}"), false, &Pause { id, seconds: LONGEST.as_secs() }))
}

/// Go on
///
/// What was opened since the pause began is of one moment. After a 404 it is not: the pause had ended before.
#[utoipa::path(delete, path = "/api/v1/pauses/{id}", tag = "operator",
    params(("id" = Uuid, Path, example = "01990000-0000-7000-8000-000000000000")),
    responses((status = 204, description = "It lasted until now"), Problem),
    security(("bearer" = ["operator"])))]
async fn end(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    if app.pauses.end(id).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(&codes::NOT_FOUND, "there is no such pause: it has ended"))
    }
}
