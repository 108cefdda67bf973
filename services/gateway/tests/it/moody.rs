//! A service whose calls end as a test says.

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
pub enum Mood {
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
pub struct Moody {
    moods: Arc<Mutex<VecDeque<Mood>>>,
    calls: Arc<AtomicUsize>,
    pub gate: Arc<Semaphore>,
}

/// A house before `orders`, whose moods a test sets, and a service that is always well.
pub fn house(settings: &[(&str, &str)]) -> (House, Moody) {
    named("orders", settings)
}

/// The same with another name for the service, for what is counted by it.
pub fn named(name: &'static str, settings: &[(&str, &str)]) -> (House, Moody) {
    let moody = Moody { moods: Arc::default(), calls: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
    let house =
        House::before(|issuer, clock| vec![inventory(issuer, clock), moody.upstream(name, issuer, clock)], settings);
    (house, moody)
}

impl Moody {
    /// How the next calls end; those after them are fine.
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        self.moods.lock().extend(moods);
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
        let mood = self.moods.lock().pop_front().unwrap_or(Mood::Fine);
        match mood {
            Mood::Fine => Json(json!({"ok": true})).into_response(),
            Mood::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Mood::Busy => Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_secs(1)).into_response(),
            Mood::Silent => std::future::pending().await,
            Mood::Gated => {
                self.gate.acquire().await.unwrap().forget();
                Json(json!({"ok": true})).into_response()
            }
            Mood::Panic => panic!("on purpose"),
        }
    }
}

/// Read
#[utoipa::path(get, path = "/api/v1/orders", responses((status = 200, body = Value), Problem))]
async fn read(State(moody): State<Moody>) -> Response {
    moody.answer().await
}

/// Make
#[utoipa::path(post, path = "/api/v1/orders", responses((status = 200, body = Value), Problem))]
async fn make(State(moody): State<Moody>, _: String) -> Response {
    moody.answer().await
}

/// Much
#[utoipa::path(get, path = "/api/v1/orders/all", responses((status = 200, body = Value), Problem))]
async fn long() -> impl IntoResponse {
    Json(vec![json!({"status": "CONFIRMED"}); 200])
}

/// No JSON
#[utoipa::path(get, path = "/api/v1/orders/label", responses((status = 200, body = String), Problem))]
async fn text() -> &'static str {
    "a label"
}
