//! Fakes of the services that orders calls: small routers with fixed answers.

use std::sync::Arc;

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

/// The fakes, which record their requests, and the state of the fake of bookings.
pub struct FakeServices {
    pub users: FakeService,
    pub payments: FakeService,
    pub inventory: FakeService,
    pub bookings: FakeService,
    pub cancellations: Cancellations,
}

/// What bookings does with cancellations.
#[derive(Clone, Default)]
pub struct Cancellations {
    /// Cancellations that bookings received, each with its subject.
    pub received: Arc<Mutex<Vec<(String, String)>>>,
    /// The status and code of the refusal of bookings; `None` when it accepts cancellations.
    pub refusal: Arc<Mutex<Option<(u16, &'static str)>>>,
}

impl FakeServices {
    /// Users, payments, inventory and bookings: ann is user 7 and bob user 8; payments knows tokens that begin with `tok_`;
    /// ticket types 2 (25.50) and 4 (10.00) belong to event 1, 5 is not on sale, 6 belongs to another organizer.
    pub fn new() -> Self {
        let cancellations = Cancellations::default();
        let users = Router::new()
            .route("/internal/users/by-subject/{subject}", get(by_subject))
            .route("/internal/users/{id}", get(by_id));
        let payments = Router::new().route("/internal/payment-tokens/{token}", get(token));
        let inventory = Router::new().route("/internal/quotes", post(quote));
        let bookings = Router::new().route("/internal/bookings/{id}/cancel", post(cancel));
        Self {
            users: FakeService::with_router("users", users),
            payments: FakeService::with_router("payments", payments),
            inventory: FakeService::with_router("inventory", inventory),
            bookings: FakeService::with_router("bookings", bookings.with_state(cancellations.clone())),
            cancellations,
        }
    }

    pub fn all(&self) -> [&FakeService; 4] {
        [&self.users, &self.payments, &self.inventory, &self.bookings]
    }

    /// Number of users that were looked up by their subject.
    pub fn lookups(&self) -> usize {
        self.users.calls("GET /internal/users/by-subject/{subject}")
    }

    /// Number of quotes that inventory was asked for.
    pub fn quotes(&self) -> usize {
        self.inventory.calls("POST /internal/quotes")
    }
}

fn none() -> Problem {
    Problem::new(&codes::NOT_FOUND, "not found")
}

async fn by_subject(Path(subject): Path<String>) -> Result<Response, Problem> {
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

async fn token(Path(token): Path<String>) -> Result<StatusCode, Problem> {
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
    State(cancellations): State<Cancellations>,
    Path(id): Path<String>,
    Json(CancelRequest { by }): Json<CancelRequest>,
) -> Result<StatusCode, Problem> {
    if let Some((status, code)) = *cancellations.refusal.lock() {
        let code = Box::leak(Box::new(Code { code, status, title: "", about: "" }));
        return Err(Problem::new(code, "the cancellation is refused"));
    }
    cancellations.received.lock().push((id, by));
    Ok(StatusCode::NO_CONTENT)
}

const NOT_ON_SALE: Code = Code { code: "not-on-sale", status: 409, title: "", about: "" };
const MIXED_LINES: Code = Code { code: "mixed-lines", status: 400, title: "", about: "" };

async fn quote(Json(request): Json<QuoteRequest>) -> Result<Response, Problem> {
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
