use std::time::Duration;

use axum::{
    Json, Router,
    body::Body as Stream,
    http::{HeaderMap, Request, Response, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_http::{
    Middleware, Problem,
    extract::{Body, Caller, ETag, IdempotencyKeyHeader, IfMatch, Page, Path, Prefer, Query},
};
use boxoffice_identity::{Issuer, Scope, Scopes};
use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// A service with its middleware and a manual clock.
pub struct App {
    pub router: Router,
    pub issuer: Issuer,
    pub time: ManualClock,
    pub clock: Clock,
    _folder: tempfile::TempDir,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Line {
    #[garde(range(min = 1, max = 100))]
    quantity: u32,
    #[expect(dead_code, reason = "only its type is tested")]
    ticket_type_id: Uuid,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    #[garde(length(min = 1, max = 3), dive)]
    lines: Vec<Line>,
    #[garde(length(chars, max = 5))]
    payment_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Filter {
    user_id: Option<Uuid>,
    #[serde(default)]
    at_least: u8,
}

impl App {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, time) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        let entropy = Entropy::seeded(1);
        let issuer = Issuer::open(folder.path(), "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
        let verifier = issuer.verifier();
        let time_limit = Duration::from_secs(60);
        let middleware = Middleware { service: "orders", clock: clock.clone(), entropy, verifier, time_limit };
        let router = middleware.wrap(routes());
        Self { router, issuer, time, clock, _folder: folder }
    }

    /// The value of the header `Authorization` for `subject`.
    pub fn bearer(&self, subject: &str, scope: Scope) -> String {
        format!("Bearer {}", self.issuer.token(subject, Scopes::from(scope), Duration::from_secs(3600)))
    }

    pub async fn send(&self, request: Request<Stream>) -> (StatusCode, HeaderMap, Value) {
        read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends a GET request with the token of a customer.
    pub async fn get(&self, uri: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::get(uri).header("authorization", self.bearer("ann", Scope::Customer));
        self.send(request.body(Stream::empty()).unwrap()).await
    }
}

pub async fn read(response: Response<Stream>) -> (StatusCode, HeaderMap, Value) {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (head.status, head.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn routes() -> Router {
    Router::new()
        .route("/orders", post(create_order).get(list))
        .route("/orders/{id}", get(async |Path(id): Path<Uuid>| Json(id)))
        .route("/seats/{row}/{number}", get(async |Path((row, number)): Path<(String, u32)>| Json((row, number))))
        .route("/search", get(search))
        .route("/catalogue", get(async |caller: Option<Caller>| Json(caller.map(|caller| caller.origin.actor))))
        .route("/vault", get(operators_only))
        .route("/wait", get(async |prefer: Prefer| (prefer.applied().map(|applied| [applied]), "")))
        .route("/conditional", get(async |if_match: IfMatch| (ETag(3), Json(if_match.0.matches(Some(3))))))
        .route("/panic", get(async || -> &str { panic!("on purpose") }))
        .route("/silent", get(std::future::pending::<&str>))
}

async fn create_order(caller: Caller, key: IdempotencyKeyHeader, body: Body<Order>) -> impl IntoResponse {
    let key = key.bound(&caller, "POST /orders", &body);
    let origin = &caller.origin;
    let quantities: u32 = body.lines.iter().map(|line| line.quantity).sum();
    (
        StatusCode::CREATED,
        Json(json!({
            "quantities": quantities, "token": body.payment_token, "actor": origin.actor, "trace": origin.traceparent,
            "correlation": origin.correlation_id, "key": key.map(|key| key.id),
            "fingerprint": key.map(|key| key.fingerprint),
        })),
    )
}

async fn search(Query(filter): Query<Filter>) -> impl IntoResponse {
    Json(json!({"userId": filter.user_id, "atLeast": filter.at_least}))
}

async fn operators_only(caller: Caller) -> Result<&'static str, Problem> {
    caller.require(Scope::Operator)?;
    Ok("gold")
}

async fn list(_: Caller, page: Page<Filter>) -> Result<impl IntoResponse, Problem> {
    let first = page.after::<u32>()?.map_or(u32::from(page.filter.at_least), |last| last + 1);
    let items: Vec<u32> = (first..7).take(page.rows()).collect();
    Ok(page.list(items, |last| *last))
}
