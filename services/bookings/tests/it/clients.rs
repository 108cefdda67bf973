//! Fakes of the services that bookings calls: small routers whose answers a test configures.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use boxoffice_testkit::FakeService;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Fake services with their data and their recorded calls. Cheap to clone; clones share both.
#[derive(Clone, Default)]
pub struct FakeServices(Arc<Mutex<Known>>);

#[derive(Default)]
pub struct Known {
    /// Holds taken, the latest last.
    pub holds: Vec<Hold>,
    /// Ids of released holds.
    pub released: Vec<String>,
    /// Available seats; `None` for unlimited.
    pub left: Option<i64>,
    /// Inventory takes holds and never answers.
    pub silent: bool,
    /// Inventory takes holds and answers once this is notified.
    pub gate: Option<Arc<Notify>>,
    /// Subjects with their users.
    pub users: Vec<(String, i64)>,
    /// The users and versions of calls that keep a user.
    pub kept: Vec<(i64, i64)>,
}

#[derive(Clone)]
pub struct Hold {
    pub id: String,
    pub owner: String,
    pub status: &'static str,
    pub quantity: i64,
}

#[derive(Deserialize)]
struct HoldRequest {
    id: String,
    owner: String,
    lines: Option<Vec<Value>>,
}

impl FakeServices {
    /// Reads or changes the state of the fakes.
    pub fn with<T>(&self, access: impl FnOnce(&mut Known) -> T) -> T {
        access(&mut self.0.lock())
    }

    /// Inventory, users and payments.
    pub fn services(&self) -> [FakeService; 3] {
        let inventory = Router::new()
            .route("/internal/holds", post(take))
            .route("/internal/holds/{id}", delete(release))
            .route("/internal/organizers/of-event/{id}", get(standing));
        let users = Router::new()
            .route("/internal/users/by-subject/{subject}", get(by_subject))
            .route("/internal/users/{id}", get(by_id))
            .route("/internal/users/{id}/keep", post(keep));
        let payments = Router::new().route("/internal/payment-tokens/{token}", get(token));
        [("inventory", inventory), ("users", users), ("payments", payments)]
            .map(|(name, routes)| FakeService::with_router(name, routes.with_state(self.clone())))
    }
}

fn problem(status: u16, code: &str) -> Response {
    let body = json!({"type": format!("/docs/errors#{code}"), "title": "x", "status": status, "code": code,
        "detail": format!("because of {code}")});
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/problem+json")], body.to_string()).into_response()
}

async fn take(State(fakes): State<FakeServices>, Json(request): Json<HoldRequest>) -> Response {
    let (silent, gate) = fakes.with(|known| (known.silent, known.gate.clone()));
    let answer = fakes.with(|known| match request.lines {
        Some(lines) => {
            let quantity = lines.iter().map(|line| line["quantity"].as_i64().unwrap()).sum();
            if lines.iter().any(|line| line["ticketTypeId"] == 404) {
                return problem(404, "not-found");
            }
            if known.left.is_some_and(|left| left < quantity) {
                return problem(409, "sold-out");
            }
            known.left = known.left.map(|left| left - quantity);
            let hold = Hold { id: request.id, owner: request.owner, status: "held", quantity };
            known.holds.push(hold.clone());
            held(&hold)
        }
        None => match known.holds.iter().find(|hold| hold.id == request.id && hold.owner == request.owner) {
            Some(hold) => held(hold),
            None => problem(404, "not-found"),
        },
    });
    if silent {
        std::future::pending::<()>().await;
    }
    if let Some(gate) = gate {
        gate.notified().await;
    }
    answer
}

fn held(hold: &Hold) -> Response {
    Json(json!({
        "id": hold.id, "currency": "EUR", "organizerId": 1, "status": hold.status, "expiresAt": "2030-01-01T00:02:00Z",
        "lines": [{"eventId": 3, "ticketTypeId": 5, "name": "Floor", "quantity": hold.quantity, "unitPriceMinor": 2550}],
    }))
    .into_response()
}

async fn release(State(fakes): State<FakeServices>, Path(id): Path<String>) -> StatusCode {
    fakes.with(|known| {
        let quantity = known.holds.iter().find(|hold| hold.id == id).map_or(0, |hold| hold.quantity);
        known.left = known.left.map(|left| left + quantity);
        known.released.push(id);
    });
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Subject {
    subject: String,
}

/// Olga acts for the organizer of event 3, which is the only one.
async fn standing(Path(event): Path<i64>, Query(Subject { subject }): Query<Subject>) -> Response {
    match (event, subject.as_str()) {
        (3, "olga") => StatusCode::NO_CONTENT.into_response(),
        (3, _) => StatusCode::FORBIDDEN.into_response(),
        _ => problem(404, "not-found"),
    }
}

async fn by_subject(State(fakes): State<FakeServices>, Path(subject): Path<String>) -> Response {
    let user = fakes.with(|known| known.users.iter().find(|(known, _)| *known == subject).map(|(_, id)| *id));
    user.map_or_else(|| problem(404, "not-found"), |id| Json(json!({"id": id})).into_response())
}

async fn by_id(State(fakes): State<FakeServices>, Path(id): Path<i64>) -> Response {
    let user = fakes.with(|known| known.users.iter().find(|(_, known)| *known == id).cloned());
    user.map_or_else(
        || problem(404, "not-found"),
        |(subject, id)| Json(json!({"id": id, "subject": subject})).into_response(),
    )
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

async fn keep(
    State(fakes): State<FakeServices>,
    Path(id): Path<i64>,
    Json(Version { version }): Json<Version>,
) -> Response {
    let is_known = fakes.with(|known| {
        known.kept.push((id, version));
        known.users.iter().any(|(_, known)| *known == id)
    });
    if is_known { Json(json!({"version": version + 1})).into_response() } else { problem(404, "not-found") }
}

async fn token(Path(token): Path<String>) -> Response {
    if token.starts_with("tok_") { StatusCode::NO_CONTENT.into_response() } else { problem(404, "not-found") }
}
