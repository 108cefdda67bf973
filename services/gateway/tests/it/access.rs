use std::{fs, time::Duration};

use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_identity::{Issuer, Scope, Scopes};
use serde_json::{Value, json};

use crate::house::{HOUR, House};

/// Documented, undocumented and made up.
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
async fn closed_unless_the_token_is_good() {
    let house = House::open();
    let short = house.issuer.token("ann", Scopes::ALL, Duration::from_secs(1));
    house.hand.advance(Duration::from_secs(2));
    let (later, _) = Clock::manual(Timestamp::from_micros(2_000_000_000_000_000));
    let same_keys = Issuer::open(house.folder.path(), "http://localhost:8080", later, Entropy::seeded(1)).unwrap();
    let early = same_keys.token("ann", Scopes::ALL, HOUR);
    let stranger = tempfile::tempdir().unwrap();
    let (clock, _) = Clock::manual(house.hand.now());
    let stranger = Issuer::open(stranger.path(), "http://localhost:8080", clock, Entropy::seeded(9)).unwrap();
    let foreign = stranger.token("ann", Scopes::ALL, HOUR);
    let good = house.bearer();
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
            let answer = house.send(request, Body::empty()).await;
            assert_eq!(answer.status, 401, "{method} {path} {values:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            if *method != "HEAD" {
                assert_eq!(answer.problem(), (401, "unauthorized".to_owned()), "{method} {path} {values:?}");
            }
            assert!(!answer.text.contains("eyJ"), "a token is not repeated");
        }
    }
}

#[tokio::test]
async fn documentation_health_and_issuer_are_open() {
    let house = House::open();
    for path in OPEN {
        assert_eq!(house.get(path).await.status, 200, "{path}");
    }
    for path in ["/api/docs", "/swagger-ui.html", "/swagger-ui", "/swagger-ui/", "/swagger-ui/index.html"] {
        let answer = house.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "/docs"), "{path}");
    }
    for path in ["/health", "/docs/errors", "/api/v1/openapi.json"] {
        let answer = house.send(Request::post(path), Body::empty()).await;
        assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()), "{path}");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
    for path in ["/docs/nothing", "/docs/nothing/openapi.json", "/docs/inventory/", "/v3/api-docs/nothing"] {
        assert_eq!(house.get(path).await.problem(), (404, "not-found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_shown() {
    let house = House::open();
    house.health.check("bookings", || Err("stopped".to_owned()));
    assert_eq!(house.get("/health/ready").await.status, 503);
    assert_eq!(house.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn the_issuer_gives_tokens_that_open_the_door() {
    let house = House::open();
    let client: Value = serde_json::from_slice(&fs::read(house.issuer.client_file()).unwrap()).unwrap();
    let pair = format!("{}:{}", client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let request = Request::post("/oauth2/token")
        .header("authorization", format!("Basic {}", STANDARD.encode(pair)))
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = house.send(request, "grant_type=client_credentials&scope=customer").await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let request = Request::get("/api/v1/events").header("authorization", format!("bearer {token}"));
    let answer = house.send(request, Body::empty()).await;
    assert_eq!(answer.json(), json!({"actor": "boxoffice", "scopes": "customer"}));
}

#[tokio::test]
async fn the_catalogue_is_open_where_a_setting_says_so() {
    let house = House::with(&[("BOXOFFICE_GATEWAY_OPEN_CATALOGUE", "true")]);
    assert_eq!(house.get("/api/v1/events").await.json(), json!({"actor": "anonymous", "scopes": ""}));
    assert_eq!(house.send(Request::head("/api/v1/events"), Body::empty()).await.status, 200);
    for (method, path) in CLOSED {
        let reads_catalogue =
            matches!(*method, "GET" | "HEAD") && matches!(*path, "/api/v1/events" | "/api/v1/events/1");
        if !reads_catalogue {
            let answer = house.send(Request::builder().method(*method).uri(*path), Body::empty()).await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
    let bad = house.send(Request::get("/api/v1/events").header("authorization", "Bearer garbage"), Body::empty()).await;
    assert_eq!(bad.problem().0, 401, "a bad token is worse than none");
    let operator = house.issuer.token("root", Scope::Operator.into(), HOUR);
    let request = Request::get("/api/v1/events").header("authorization", format!("Bearer {operator}"));
    assert_eq!(house.send(request, Body::empty()).await.json()["actor"], "root");
}
