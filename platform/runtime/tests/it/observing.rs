//! Metrics and health of a service, as operators read them.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
    routing::get,
};
use boxoffice_clock::{Clock, Entropy, Timestamp};
use boxoffice_http::{Middleware, extract::Path};
use boxoffice_identity::Issuer;
use boxoffice_runtime::{health::Health, telemetry::Metrics};
use serde_json::{Value, json};
use tower::ServiceExt;

/// A service with one route, behind its middleware.
struct App {
    router: Router,
    metrics: Metrics,
    _folder: tempfile::TempDir,
}

impl App {
    fn start() -> Self {
        let metrics = Metrics::install();
        let folder = tempfile::tempdir().unwrap();
        let (clock, _) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        let entropy = Entropy::seeded(1);
        let issuer = Issuer::open(folder.path(), "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
        let verifier = issuer.verifier();
        let middleware =
            Middleware { service: "orders", clock, entropy, verifier, time_limit: Duration::from_secs(60) };
        let orders = Router::new().route("/orders/{id}", get(async |Path(id): Path<i64>| Json(id)));
        let health = Health::default().router();
        let router = middleware.wrap(orders.merge(metrics.router()).merge(health));
        Self { router, metrics, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (head.status, head.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn get(&self, uri: &str) -> (StatusCode, HeaderMap, Value) {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn answers_and_refusals_are_counted_by_route_and_code() {
    let app = App::start();
    app.get("/orders/7").await;
    app.get("/orders/secret-name").await;
    app.get("/somewhere-else").await;
    let page = app.metrics.render();
    for line in [
        r#"boxoffice_http_requests_total{service="orders",method="GET",path="/orders/{id}",status="200"} "#,
        r#"boxoffice_http_requests_total{service="orders",method="GET",path="/orders/{id}",status="400"} "#,
        r#"boxoffice_http_requests_total{service="orders",method="GET",path="unmatched",status="404"} "#,
        r#"boxoffice_http_request_duration_seconds_bucket{service="orders",method="GET",path="/orders/{id}",le="0.005"} "#,
        r#"boxoffice_http_refusals_total{service="orders",code="invalid"} "#,
        "process_resident_memory_bytes ",
    ] {
        assert!(page.contains(line), "{line} is missing in\n{page}");
    }
    assert!(!page.contains("secret-name") && !page.contains("somewhere"));
    let request = Request::get("/actuator/prometheus").body(Body::empty()).unwrap();
    let (status, headers, _) = app.send(request).await;
    assert!(status.is_success());
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
}

#[tokio::test]
async fn health_is_answered_without_a_token() {
    let app = App::start();
    for path in ["/health", "/health/ready", "/health/live", "/actuator/health"] {
        let (status, _, answer) = app.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((status, &answer["status"]), (StatusCode::OK, &json!("UP")), "{path}");
    }
}
