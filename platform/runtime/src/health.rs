//! Liveness and readiness. Needs no token, so a detail says nothing that a stranger may not know.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use parking_lot::{Mutex, RwLock};
use serde::Serialize;

/// How long one check may take before it counts as down.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// The checks of one process, by name. Cheap to clone; clones share the checks.
///
/// The process is ready when every check is up; a check that is added under a name that is taken replaces the other.
#[derive(Clone, Default)]
pub struct Health(Arc<RwLock<BTreeMap<String, Check>>>);

/// A check that is told its state instead of being asked.
#[derive(Clone)]
pub struct HealthFlag(Arc<Mutex<Result<(), String>>>);

impl HealthFlag {
    /// From here on it is up.
    pub fn up(&self) {
        *self.0.lock() = Ok(());
    }

    /// From here on it is down, and why.
    pub fn down(&self, why: impl Into<String>) {
        *self.0.lock() = Err(why.into());
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    status: Status,
    checks: BTreeMap<String, State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Up,
    Down,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct State {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Health {
    /// Adds a check that answers at once: nothing when it is up, or why it is down.
    pub fn check(&self, name: &str, check: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.probe(name, move || std::future::ready(check()));
    }

    /// Adds a check that has to ask somebody; without an answer within two seconds it is down.
    pub fn probe<F>(&self, name: &str, probe: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.0.write().insert(name.to_owned(), Arc::new(move || Box::pin(probe())));
    }

    /// Adds a check that is down with `why` until it is told otherwise.
    pub fn flag(&self, name: &str, why: impl Into<String>) -> HealthFlag {
        let flag = HealthFlag(Arc::new(Mutex::new(Err(why.into()))));
        let shown = flag.clone();
        self.check(name, move || shown.0.lock().clone());
        flag
    }

    /// Asks every check, all at once.
    pub async fn report(&self) -> Report {
        let asked: Vec<_> = {
            let checks = self.0.read();
            let ask = |check: &Check| tokio::spawn(tokio::time::timeout(CHECK_TIMEOUT, check()));
            checks.iter().map(|(name, check)| (name.clone(), ask(check))).collect()
        };
        let mut checks = BTreeMap::new();
        for (name, asked) in asked {
            let detail = match asked.await {
                Ok(Ok(state)) => state.err(),
                Ok(Err(_)) => Some("no answer in time".to_owned()),
                Err(_) => Some("the check failed".to_owned()),
            };
            let status = if detail.is_none() { Status::Up } else { Status::Down };
            checks.insert(name, State { status, detail });
        }
        let all_up = checks.values().all(|state| state.status == Status::Up);
        Report { status: if all_up { Status::Up } else { Status::Down }, checks }
    }

    /// [`Health::probes`], and `/actuator/health` as `/health/ready`.
    pub fn router(&self) -> Router {
        self.probes().route("/actuator/health", self.ready())
    }

    /// `GET /health/live`: 200 while the process runs. `GET /health/ready` and `/health`: 200 when every check is up, else
    /// 503, with the state of each.
    pub fn probes(&self) -> Router {
        Router::new()
            .route("/health/live", get(async || Json(BTreeMap::from([("status", Status::Up)]))))
            .route("/health/ready", self.ready())
            .route("/health", self.ready())
    }

    fn ready(&self) -> MethodRouter {
        let health = self.clone();
        get(move || async move { health.report().await })
    }
}

impl Report {
    /// Whether every check is up.
    pub fn is_up(&self) -> bool {
        self.status == Status::Up
    }

    /// Every check by its name, with what is wrong when it is down.
    pub fn checks(&self) -> impl Iterator<Item = (&str, Result<(), &str>)> {
        self.checks.iter().map(|(name, state)| (name.as_str(), state.detail.as_deref().map_or(Ok(()), Err)))
    }
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        let status = if self.is_up() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let fresh = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        (status, fresh, Json(self)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ready_when_every_check_is_up() {
        let health = Health::default();
        assert!(health.report().await.is_up());
        health.check("queue", || Ok(()));
        health.probe("database", || async { Ok(()) });
        let migrations = health.flag("migrations", "under way");
        let report = health.report().await;
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            serde_json::json!({"status": "DOWN", "checks": {
                "database": {"status": "UP"}, "migrations": {"status": "DOWN", "detail": "under way"},
                "queue": {"status": "UP"},
            }})
        );
        migrations.up();
        assert_eq!(health.report().await.into_response().status(), 200);
        migrations.down("broken");
        assert_eq!(health.report().await.into_response().status(), 503);
    }

    #[tokio::test]
    async fn a_check_that_panics_is_down() {
        let health = Health::default();
        health.probe("bad", || async { panic!("on purpose") });
        assert!(!health.report().await.is_up());
    }
}
