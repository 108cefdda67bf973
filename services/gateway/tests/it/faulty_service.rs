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

use crate::harness::{TestGateway, inventory, upstream};

/// Outcome of a call.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    Fine,
    /// A response with this status.
    Status(u16),
    /// A 503 response with `Retry-After`.
    Busy,
    /// No response at all.
    Silent,
    /// A response after the test opens the gate.
    Gated,
    Panic,
}

#[derive(Clone)]
pub struct FaultyService {
    outcomes: Arc<Mutex<VecDeque<Outcome>>>,
    calls: Arc<AtomicUsize>,
    pub gate: Arc<Semaphore>,
}

/// A gateway in front of `orders`, whose outcomes a test sets, and of a service without faults.
pub fn gateway_with_orders(settings: &[(&str, &str)]) -> (TestGateway, FaultyService) {
    named("orders", settings)
}

/// Like [`gateway_with_orders`], with another name of the service, which separates its metrics.
pub fn named(name: &'static str, settings: &[(&str, &str)]) -> (TestGateway, FaultyService) {
    let faulty = FaultyService { outcomes: Arc::default(), calls: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
    let gateway = TestGateway::with_upstreams(
        |issuer, clock| vec![inventory(issuer, clock), faulty.upstream(name, issuer, clock)],
        settings,
    );
    (gateway, faulty)
}

impl FaultyService {
    /// Sets the outcomes of the next calls; later calls succeed.
    pub fn next(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.outcomes.lock().extend(outcomes);
    }

    /// Number of calls that reached the service.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn upstream(&self, name: &'static str, issuer: &Issuer, clock: &Clock) -> Upstream {
        let api = OpenApiRouter::new().routes(routes!(read, create)).routes(routes!(long)).routes(routes!(text));
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

/// Read an order of the faulty service
#[utoipa::path(get, path = "/api/v1/orders", responses((status = 200, body = Value)))]
async fn read(State(faulty): State<FaultyService>) -> Response {
    faulty.answer().await
}

/// Create an order of the faulty service
#[utoipa::path(post, path = "/api/v1/orders", responses((status = 200, body = Value)))]
async fn create(State(faulty): State<FaultyService>, _: String) -> Response {
    faulty.answer().await
}

/// Read a long text
#[utoipa::path(get, path = "/api/v1/orders/all", responses((status = 200, body = Value)))]
async fn long() -> impl IntoResponse {
    Json(vec![json!({"status": "CONFIRMED"}); 200])
}

/// Read an image of the faulty service
#[utoipa::path(get, path = "/api/v1/orders/label", responses((status = 200, body = String)))]
async fn text() -> &'static str {
    "a label"
}
