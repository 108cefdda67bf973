//! Fakes of the services that orders calls: small routers with fixed answers.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use boxoffice_http::{Code, Problem, codes};
use boxoffice_testkit::FakeService;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

/// The recorded calls, and whether inventory answers.
#[derive(Clone)]
pub struct FakeServices {
    pub users: Arc<AtomicU32>,
    pub tokens: Arc<AtomicU32>,
    pub quotes: Arc<AtomicU32>,
    /// A quote is answered for each permit.
    pub quoting: Arc<Semaphore>,
    /// Cancellations that bookings received, each with its subject.
    pub cancelled: Arc<Mutex<Vec<(String, String)>>>,
    /// The status and code of the refusal of bookings; `None` when it accepts cancellations.
    pub refusal: Arc<Mutex<Option<(u16, &'static str)>>>,
}

impl FakeServices {
    pub fn new() -> Self {
        Self {
            users: Arc::default(),
            tokens: Arc::default(),
            quotes: Arc::default(),
            quoting: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            cancelled: Arc::default(),
            refusal: Arc::default(),
        }
    }

    /// Users, payments, inventory and bookings: ann is user 7 and bob user 8; payments knows tokens that begin with `tok_`;
    /// ticket types 2 (25.50) and 4 (10.00) belong to event 1, 5 is not on sale, 6 belongs to another organizer.
    pub fn services(&self) -> [FakeService; 4] {
        let users = Router::new()
            .route("/internal/users/by-subject/{subject}", get(by_subject))
            .route("/internal/users/{id}", get(by_id));
        let payments = Router::new().route("/internal/payment-tokens/{token}", get(token));
        let inventory = Router::new().route("/internal/quotes", post(quote));
        let bookings = Router::new().route("/internal/bookings/{id}/cancel", post(cancel));
        [("users", users), ("payments", payments), ("inventory", inventory), ("bookings", bookings)]
            .map(|(name, routes)| FakeService::with_router(name, routes.with_state(self.clone())))
    }
}

fn none() -> Problem {
    Problem::new(&codes::NOT_FOUND, "not found")
}

async fn by_subject(State(fakes): State<FakeServices>, Path(subject): Path<String>) -> Result<Response, Problem> {
    fakes.users.fetch_add(1, Ordering::SeqCst);
    let id = match subject.as_str() {
        "ann" | "auth0|a/b c" => 7,
        "bob" => 8,
        _ => return Err(none()),
    };
    Ok(Json(json!({ "id": id })).into_response())
}

async fn by_id(Path(id): Path<i64>) -> Result<Response, Problem> {
    if (7..=8).contains(&id) { Ok(Json(json!({ "id": id })).into_response()) } else { Err(none()) }
}

async fn token(State(fakes): State<FakeServices>, Path(token): Path<String>) -> Result<StatusCode, Problem> {
    fakes.tokens.fetch_add(1, Ordering::SeqCst);
    if token.starts_with("tok_") { Ok(StatusCode::NO_CONTENT) } else { Err(none()) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuoteRequest {
    lines: Vec<QuoteLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuoteLine {
    ticket_type_id: Option<i64>,
    event_id: Option<i64>,
    quantity: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelRequest {
    by: String,
}

async fn cancel(
    State(fakes): State<FakeServices>,
    Path(id): Path<String>,
    Json(CancelRequest { by }): Json<CancelRequest>,
) -> Result<StatusCode, Problem> {
    if let Some((status, code)) = *fakes.refusal.lock() {
        let code = Box::leak(Box::new(Code { code, status, title: "", about: "" }));
        return Err(Problem::new(code, "the cancellation is refused"));
    }
    fakes.cancelled.lock().push((id, by));
    Ok(StatusCode::NO_CONTENT)
}

const NOT_ON_SALE: Code = Code { code: "not-on-sale", status: 409, title: "", about: "" };
const MIXED_LINES: Code = Code { code: "mixed-lines", status: 400, title: "", about: "" };

async fn quote(State(fakes): State<FakeServices>, Json(request): Json<QuoteRequest>) -> Result<Response, Problem> {
    fakes.quotes.fetch_add(1, Ordering::SeqCst);
    fakes.quoting.acquire().await.unwrap().forget();
    let kind = |line: &QuoteLine| line.ticket_type_id.or_else(|| line.event_id.filter(|id| *id == 1).map(|_| 2));
    let kinds: Option<Vec<_>> = request.lines.iter().map(kind).collect();
    let kinds = kinds.ok_or_else(none)?;
    if kinds.contains(&5) {
        return Err(Problem::new(&NOT_ON_SALE, "event 9 is not on sale"));
    }
    if kinds.contains(&6) && kinds.iter().any(|kind| *kind != 6) {
        return Err(Problem::new(&MIXED_LINES, "two organizers"));
    }
    let line = |(kind, line): (&i64, &QuoteLine)| {
        let (name, price) = match kind {
            2 => ("General", 2550),
            4 => ("Balcony", 1000),
            _ => return Err(none()),
        };
        let quantity = line.quantity;
        Ok(json!({"eventId": 1, "ticketTypeId": kind, "name": name, "quantity": quantity, "unitPriceMinor": price}))
    };
    let lines = kinds.iter().zip(&request.lines).map(line).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({"lines": lines, "currency": "EUR", "organizerId": 3})).into_response())
}
