//! Liveness and readiness. The endpoints are public, so details reveal nothing confidential.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use parking_lot::{Mutex, RwLock};
use serde::Serialize;

/// Time after which a check without a result counts as down.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// The checks of one process, by name. Cheap to clone; clones share the checks.
///
/// The process is ready when every check is up. Adding a check with an existing name replaces it.
#[derive(Clone, Default)]
pub struct Health(Arc<RwLock<BTreeMap<String, Check>>>);

/// A check whose state is set by its owner.
#[derive(Clone)]
pub struct HealthFlag(Arc<Mutex<Result<(), String>>>);

impl HealthFlag {
    /// Sets the check to up.
    pub fn up(&self) {
        *self.0.lock() = Ok(());
    }

    /// Sets the check to down, with the reason `why`.
    pub fn down(&self, why: impl Into<String>) {
        *self.0.lock() = Err(why.into());
    }
}

/// The result of all checks, the body of the readiness response.
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
    /// Adds a check that returns immediately: `Ok` when it is up, or the reason why it is down.
    pub fn check(&self, name: &str, check: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.probe(name, move || std::future::ready(check()));
    }

    /// Adds an asynchronous check. It is down without a result within 2 s.
    pub fn probe<F>(&self, name: &str, probe: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.0.write().insert(name.to_owned(), Arc::new(move || Box::pin(probe())));
    }

    /// Adds a check that is down, with the reason `why`, until its owner sets it to up.
    pub fn flag(&self, name: &str, why: impl Into<String>) -> HealthFlag {
        let flag = HealthFlag(Arc::new(Mutex::new(Err(why.into()))));
        let state = flag.clone();
        self.check(name, move || state.0.lock().clone());
        flag
    }

    /// Runs all checks concurrently.
    pub async fn report(&self) -> Report {
        let running: Vec<_> = {
            let checks = self.0.read();
            let start = |check: &Check| tokio::spawn(tokio::time::timeout(CHECK_TIMEOUT, check()));
            checks.iter().map(|(name, check)| (name.clone(), start(check))).collect()
        };
        let mut checks = BTreeMap::new();
        for (name, running) in running {
            let detail = match running.await {
                Ok(Ok(state)) => state.err(),
                Ok(Err(_)) => Some("timeout".to_owned()),
                Err(_) => Some("the check failed".to_owned()),
            };
            let status = if detail.is_none() { Status::Up } else { Status::Down };
            checks.insert(name, State { status, detail });
        }
        let all_up = checks.values().all(|state| state.status == Status::Up);
        Report { status: if all_up { Status::Up } else { Status::Down }, checks }
    }

    /// The endpoints of [`Health::probes`], and `/actuator/health` as another name of `/health/ready`.
    pub fn router(&self) -> Router {
        self.probes().route("/actuator/health", self.ready())
    }

    /// The endpoints `GET /health/live`, 200 while the process runs; `GET /health/ready` and `/health`, 200 when every check
    /// is up and 503 otherwise, with the state of each check.
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

    /// All checks by name, each with its state; `Err` contains the reason why it is down.
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
        let migrations = health.flag("migrations", "in progress");
        let report = health.report().await;
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            serde_json::json!({"status": "DOWN", "checks": {
                "database": {"status": "UP"}, "migrations": {"status": "DOWN", "detail": "in progress"},
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
