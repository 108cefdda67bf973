use std::{fs, time::Duration};

use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_identity::{Issuer, Scope, Scopes};
use serde_json::{Value, json};

use crate::harness::{HOUR, TestGateway};

/// Documented, undocumented and unknown paths.
const CLOSED: &[(&str, &str)] = &[
    ("GET", "/api/v1/events"),
    ("HEAD", "/api/v1/events"),
    ("POST", "/api/v1/events"),
    ("DELETE", "/api/v1/events"),
    ("OPTIONS", "/api/v1/events"),
    ("GET", "/api/v1/events/1"),
    ("GET", "/api/v1/events/1/bookings"),
    ("DELETE", "/api/v1/events/1/bookings"),
    ("POST", "/api/v1/bookings"),
    ("GET", "/api/v1/hidden"),
    ("GET", "/internal/seats"),
    ("GET", "/api/v1"),
    ("GET", "/api/v1/nothing"),
    ("POST", "/nothing"),
    ("GET", "/metrics"),
    ("GET", "/.well-known/nothing"),
];

const OPEN: &[&str] = &[
    "/",
    "/docs",
    "/docs/",
    "/docs/index.html",
    "/docs/errors",
    "/docs/inventory/openapi.json",
    "/docs/bookings/openapi.json",
    "/docs/inventory",
    "/docs/bookings",
    "/v3/api-docs",
    "/v3/api-docs/inventory",
    "/v3/api-docs/bookings",
    "/api/v1/openapi.json",
    "/health",
    "/health/live",
    "/health/ready",
    "/actuator/health",
    "/actuator/prometheus",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
];

#[tokio::test]
async fn requests_without_a_valid_token_are_refused() {
    let gateway = TestGateway::open();
    let short = gateway.issuer.token("ann", Scopes::ALL, Duration::from_secs(1));
    gateway.time.advance(Duration::from_secs(2));
    let (later, _) = Clock::manual(Timestamp::from_micros(2_000_000_000_000_000));
    let same_keys = Issuer::open(gateway.folder.path(), "http://localhost:8080", later, Entropy::seeded(1)).unwrap();
    let early = same_keys.token("ann", Scopes::ALL, HOUR);
    let anonymous = tempfile::tempdir().unwrap();
    let (clock, _) = Clock::manual(gateway.time.now());
    let anonymous = Issuer::open(anonymous.path(), "http://localhost:8080", clock, Entropy::seeded(9)).unwrap();
    let foreign = anonymous.token("ann", Scopes::ALL, HOUR);
    let good = gateway.bearer();
    let bad: &[&[&str]] = &[
        &[],
        &[""],
        &["Bearer"],
        &["Bearer "],
        &["Bearer garbage"],
        &["Basic Ym94b2ZmaWNlOmJveG9mZmljZQ=="],
        &[&good["Bearer ".len()..]],
        &[&format!("Bearer {short}")],
        &[&format!("Bearer {early}")],
        &[&format!("Bearer {foreign}")],
        &[&good, &good],
    ];
    for (method, path) in CLOSED {
        for values in bad {
            let request = Request::builder().method(*method).uri(*path);
            let request = values.iter().fold(request, |request, value| request.header("authorization", *value));
            let answer = gateway.send(request, Body::empty()).await;
            assert_eq!(answer.status, 401, "{method} {path} {values:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            if *method != "HEAD" {
                assert_eq!(answer.problem(), (401, "unauthorized".to_owned()), "{method} {path} {values:?}");
            }
            assert!(!answer.text.contains("eyJ"), "the response does not contain the token");
        }
    }
}

#[tokio::test]
async fn documentation_health_and_issuer_are_public() {
    let gateway = TestGateway::open();
    for path in OPEN {
        assert_eq!(gateway.get(path).await.status, 200, "{path}");
    }
    for path in ["/api/docs", "/swagger-ui.html", "/swagger-ui", "/swagger-ui/", "/swagger-ui/index.html"] {
        let answer = gateway.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "/docs"), "{path}");
    }
    for path in ["/health", "/docs/errors", "/api/v1/openapi.json"] {
        let answer = gateway.send(Request::post(path), Body::empty()).await;
        assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()), "{path}");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
    for path in ["/docs/nothing", "/docs/nothing/openapi.json", "/docs/inventory/", "/v3/api-docs/nothing"] {
        assert_eq!(gateway.get(path).await.problem(), (404, "not-found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn health_reports_a_service_that_is_down() {
    let gateway = TestGateway::open();
    gateway.health.check("bookings", || Err("stopped".to_owned()));
    assert_eq!(gateway.get("/health/ready").await.status, 503);
    assert_eq!(gateway.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn tokens_of_the_issuer_are_accepted() {
    let gateway = TestGateway::open();
    let client: Value = serde_json::from_slice(&fs::read(gateway.issuer.client_file()).unwrap()).unwrap();
    let pair = format!("{}:{}", client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let request = Request::post("/oauth2/token")
        .header("authorization", format!("Basic {}", STANDARD.encode(pair)))
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = gateway.send(request, "grant_type=client_credentials&scope=customer").await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let request = Request::get("/api/v1/events").header("authorization", format!("bearer {token}"));
    let answer = gateway.send(request, Body::empty()).await;
    assert_eq!(answer.json(), json!({"actor": "boxoffice", "scopes": "customer"}));
}

#[tokio::test]
async fn a_setting_makes_the_catalogue_public() {
    let gateway = TestGateway::with(&[("BOXOFFICE_GATEWAY_OPEN_CATALOGUE", "true")]);
    assert_eq!(gateway.get("/api/v1/events").await.json(), json!({"actor": "anonymous", "scopes": ""}));
    assert_eq!(gateway.send(Request::head("/api/v1/events"), Body::empty()).await.status, 200);
    for (method, path) in CLOSED {
        let reads_catalogue =
            matches!(*method, "GET" | "HEAD") && matches!(*path, "/api/v1/events" | "/api/v1/events/1");
        if !reads_catalogue {
            let answer = gateway.send(Request::builder().method(*method).uri(*path), Body::empty()).await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
    let bad =
        gateway.send(Request::get("/api/v1/events").header("authorization", "Bearer garbage"), Body::empty()).await;
    assert_eq!(bad.problem().0, 401, "an invalid token is refused although none is needed");
    let operator = gateway.issuer.token("root", Scope::Operator.into(), HOUR);
    let request = Request::get("/api/v1/events").header("authorization", format!("Bearer {operator}"));
    assert_eq!(gateway.send(request, Body::empty()).await.json()["actor"], "root");
}
