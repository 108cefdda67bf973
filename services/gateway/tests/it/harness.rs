//! Test harness: the gateway in front of small services, one of which has undocumented routes.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Body as Stream,
    extract::Request as Incoming,
    http::{HeaderMap, Request, Response, StatusCode, request::Builder},
    response::IntoResponse,
    routing::get,
};
use boxoffice_clock::{Clock, Entropy, ManualClock, Timestamp};
use boxoffice_gateway::{Gateway, GatewayError, Page, Upstream};
use boxoffice_http::{
    Code, Middleware,
    context::Context,
    extract::{Body, Caller, Path},
};
use boxoffice_identity::{Issuer, Scope};
use boxoffice_runtime::{health::Health, telemetry::Metrics};
use boxoffice_settings::Settings;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub const HOUR: Duration = Duration::from_secs(3600);

const SOLD_OUT: Code = Code { code: "sold-out", status: 409, title: "Sold out", about: "No seat is available." };

/// Rules for compatible paths of the test services.
const RULES: &str = include_str!("rules.toml");

pub struct TestGateway {
    pub router: Router,
    pub issuer: Issuer,
    pub time: ManualClock,
    pub health: Health,
    pub folder: tempfile::TempDir,
}

impl TestGateway {
    pub fn open() -> Self {
        Self::with(&[])
    }

    /// Starts the gateway with environment variables.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::with_upstreams(
            |issuer, clock| vec![inventory(issuer, clock), bookings(issuer, clock), mirror(issuer, clock)],
            settings,
        )
    }

    /// Starts the gateway in front of other services.
    pub fn with_upstreams(upstreams: impl FnOnce(&Issuer, &Clock) -> Vec<Upstream>, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, time) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        let issuer = Issuer::open(folder.path(), "http://localhost:8080", clock.clone(), Entropy::seeded(1)).unwrap();
        let health = Health::default();
        let router = router(upstreams(&issuer, &clock), &issuer, &clock, health.clone(), settings).unwrap();
        Self { router, issuer, time, health, folder }
    }

    /// The value of the header `Authorization` for the customer ann.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.issuer.token("ann", Scope::Customer.into(), HOUR))
    }

    /// Starts building a request with the token of ann.
    pub fn request(&self, method: &str, uri: &str) -> Builder {
        Request::builder().method(method).uri(uri).header("authorization", self.bearer())
    }

    pub async fn send(&self, request: Builder, body: impl Into<Stream>) -> Answer {
        Answer::of(self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()).await
    }

    /// Sends a request and advances the clock until the response arrives.
    pub async fn send_and_advance(&self, request: Builder, body: impl Into<Stream>) -> Answer {
        let answer = tokio::spawn(self.router.clone().oneshot(request.body(body.into()).unwrap()));
        while !answer.is_finished() {
            tokio::task::yield_now().await;
            self.time.advance(Duration::from_millis(50));
        }
        Answer::of(answer.await.unwrap().unwrap()).await
    }

    /// Sends a GET request without a token.
    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri), Stream::empty()).await
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(response: Response<Stream>) -> Self {
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Self { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&body).into_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that the response is a problem; returns its status and code.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(!self.header("x-request-id").is_empty());
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }
}

pub fn router(
    upstreams: Vec<Upstream>,
    issuer: &Issuer,
    clock: &Clock,
    health: Health,
    settings: &[(&str, &str)],
) -> Result<Router, GatewayError> {
    // The rules have targets in the mirror service.
    let rules: &[_] = if upstreams.iter().any(|one| one.name == "mirror") { &[("rules.toml", RULES)] } else { &[] };
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Gateway {
        upstreams,
        issuer,
        settings: &Settings::from_env(settings),
        clock: clock.clone(),
        entropy: Entropy::seeded(2),
        health,
        metrics: Metrics::install(),
        codes: &[("inventory", &[&SOLD_OUT])],
        rules,
        pages: vec![("/", Page::new("text/html; charset=utf-8", "<h1>Welcome</h1>"))],
    }
    .router()
}

pub fn upstream(name: &'static str, api: OpenApiRouter, issuer: &Issuer, clock: &Clock) -> Upstream {
    let (router, mut api) = api.split_for_parts();
    boxoffice_http::openapi::complete_document(&mut api);
    let middleware = Middleware {
        service: name,
        clock: clock.clone(),
        entropy: Entropy::seeded(3),
        verifier: issuer.verifier(),
        time_limit: Duration::from_secs(60),
    };
    Upstream { name, about: "Data that it owns.", router: middleware.wrap(router), api, time_limit: None }
}

pub fn inventory(issuer: &Issuer, clock: &Clock) -> Upstream {
    let api = OpenApiRouter::new()
        .routes(routes!(events, create_event))
        .routes(routes!(event))
        .route("/internal/seats", get(async || "for other services"))
        .route("/api/v1/hidden", get(async || "undocumented"));
    upstream("inventory", api, issuer, clock)
}

pub fn bookings(issuer: &Issuer, clock: &Clock) -> Upstream {
    let api = OpenApiRouter::new().routes(routes!(bookings_of, cancel_all)).routes(routes!(echo));
    upstream("bookings", api, issuer, clock)
}

pub fn mirror(issuer: &Issuer, clock: &Clock) -> Upstream {
    let api = OpenApiRouter::new().routes(routes!(crate::rules::pages)).routes(routes!(crate::rules::echo));
    upstream("mirror", api, issuer, clock)
}

#[derive(Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Event {
    name: String,
    status: inventory_schemas::Status,
}

mod inventory_schemas {
    #[derive(serde::Deserialize, serde::Serialize, utoipa::ToSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Status {
        OnSale,
    }
}

mod booking_schemas {
    #[derive(serde::Serialize, utoipa::ToSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Status {
        Confirmed,
    }

    #[derive(serde::Serialize, utoipa::ToSchema)]
    pub struct Booking {
        pub event: i64,
        pub status: Status,
    }
}

/// List the events of the test
#[utoipa::path(get, path = "/api/v1/events", tag = "catalogue", responses((status = 200, body = Vec<Event>)),
    security(("bearer" = ["customer"])))]
async fn events(caller: Caller) -> impl IntoResponse {
    Json(json!({"actor": caller.subject(), "scopes": caller.principal.scopes.to_string()}))
}

/// Create an event of the test
#[utoipa::path(post, path = "/api/v1/events", tag = "catalogue", request_body = Event,
    responses((status = 201, body = Event)), security(("bearer" = ["organizer"])))]
async fn create_event(body: Body<Event>) -> impl IntoResponse {
    (StatusCode::CREATED, Json(body.into_inner()))
}

/// Read an event of the test
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "catalogue", params(("id" = i64, Path)),
    responses((status = 200, body = Event)))]
async fn event(Path(id): Path<i64>) -> impl IntoResponse {
    Json(json!({"id": id}))
}

/// The bookings of an event
#[utoipa::path(get, path = "/api/v1/events/{event}/bookings", params(("event" = i64, Path)),
    responses((status = 200, body = Vec<booking_schemas::Booking>)))]
async fn bookings_of(Path(event): Path<i64>) -> impl IntoResponse {
    Json([booking_schemas::Booking { event, status: booking_schemas::Status::Confirmed }])
}

/// Cancel the bookings of an event
#[utoipa::path(delete, path = "/api/v1/events/{event}/bookings", params(("event" = i64, Path)),
    responses((status = 204)))]
async fn cancel_all(Path(_): Path<i64>) -> impl IntoResponse {
    StatusCode::NO_CONTENT
}

/// Echo the headers of the request
#[utoipa::path(post, path = "/api/v1/bookings", responses((status = 200)))]
async fn echo(context: Context, caller: Caller, request: Incoming) -> impl IntoResponse {
    let names: Vec<_> = request.headers().keys().map(ToString::to_string).collect();
    let origin = caller.origin;
    Json(json!({
        "correlation": context.correlation_id(), "trace": origin.traceparent, "actor": origin.actor, "headers": names,
        "id": request.headers().get("x-request-id").map(|id| id.to_str().unwrap()),
    }))
}
