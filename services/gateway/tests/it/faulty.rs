//! A service with fault injection: a test sets the outcome of each call.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use boxoffice_clock::Clock;
use boxoffice_gateway::Upstream;
use boxoffice_http::{Problem, codes};
use boxoffice_identity::Issuer;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::house::{House, inventory, upstream};

/// How a call ends.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    Fine,
    /// With this status.
    Status(u16),
    /// With 503 and a time to come back.
    Busy,
    /// Never.
    Silent,
    /// When the test opens the gate.
    Gated,
    Panic,
}

#[derive(Clone)]
pub struct FaultyService {
    outcomes: Arc<Mutex<VecDeque<Outcome>>>,
    calls: Arc<AtomicUsize>,
    pub gate: Arc<Semaphore>,
}

/// A house before `orders`, whose outcomes a test sets, and a service that is always well.
pub fn house(settings: &[(&str, &str)]) -> (House, FaultyService) {
    named("orders", settings)
}

/// The same with another name for the service, for what is counted by it.
pub fn named(name: &'static str, settings: &[(&str, &str)]) -> (House, FaultyService) {
    let faulty = FaultyService { outcomes: Arc::default(), calls: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
    let house =
        House::before(|issuer, clock| vec![inventory(issuer, clock), faulty.upstream(name, issuer, clock)], settings);
    (house, faulty)
}

impl FaultyService {
    /// How the next calls end; those after them are fine.
    pub fn next(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.outcomes.lock().extend(outcomes);
    }

    /// How many calls have reached it.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn upstream(&self, name: &'static str, issuer: &Issuer, clock: &Clock) -> Upstream {
        let api = OpenApiRouter::new().routes(routes!(read, make)).routes(routes!(long)).routes(routes!(text));
        upstream(name, api.with_state(self.clone()), issuer, clock)
    }

    async fn answer(&self) -> Response {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let outcome = self.outcomes.lock().pop_front().unwrap_or(Outcome::Fine);
        match outcome {
            Outcome::Fine => Json(json!({"ok": true})).into_response(),
            Outcome::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Outcome::Busy => {
                Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_secs(1)).into_response()
            }
            Outcome::Silent => std::future::pending().await,
            Outcome::Gated => {
                self.gate.acquire().await.unwrap().forget();
                Json(json!({"ok": true})).into_response()
            }
            Outcome::Panic => panic!("on purpose"),
        }
    }
}

/// Read
#[utoipa::path(get, path = "/api/v1/orders", responses((status = 200, body = Value)))]
async fn read(State(faulty): State<FaultyService>) -> Response {
    faulty.answer().await
}

/// Make
#[utoipa::path(post, path = "/api/v1/orders", responses((status = 200, body = Value)))]
async fn make(State(faulty): State<FaultyService>, _: String) -> Response {
    faulty.answer().await
}

/// Much
#[utoipa::path(get, path = "/api/v1/orders/all", responses((status = 200, body = Value)))]
async fn long() -> impl IntoResponse {
    Json(vec![json!({"status": "CONFIRMED"}); 200])
}

/// No JSON
#[utoipa::path(get, path = "/api/v1/orders/label", responses((status = 200, body = String)))]
async fn text() -> &'static str {
    "a label"
}
