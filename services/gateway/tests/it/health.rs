//! Health of the system, under all paths of the source documents.

use axum::body::Body;
use serde_json::{Value, json};

use crate::{
    faulty_service::{self, Outcome},
    harness::TestGateway,
};

const OF_THE_SYSTEM: [&str; 3] = ["/health/all", "/api/health", "/actuator/health"];
const OF_THE_DOOR: [&str; 6] = [
    "/health",
    "/health/ready",
    "/health/live",
    "/api/health/gateway",
    "/actuator/health/liveness",
    "/actuator/health/readiness",
];

async fn get_json(gateway: &TestGateway, path: &str) -> (u16, Value) {
    let answer = gateway.get(path).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn everything_is_up() {
    let (gateway, _) = faulty_service::gateway_with_orders(&[]);
    gateway.health.check("orders", || Ok(()));
    gateway.health.check("disk", || Ok(()));
    for path in OF_THE_SYSTEM.iter().chain(&OF_THE_DOOR) {
        let (status, body) = get_json(&gateway, path).await;
        assert_eq!((status, &body["status"]), (200, &json!("UP")), "{path}");
    }
    let up = json!({"status": "UP"});
    let (_, all) = get_json(&gateway, "/health/all").await;
    assert_eq!(all["services"], json!({"inventory": up, "orders": up}));
    assert_eq!((&all["gateway"], &all["dependencies"]), (&up, &json!({"disk": up})));
    assert_eq!(all["timestamp"], "2030-03-17T17:46:40Z");
    let components = &get_json(&gateway, "/actuator/health").await.1["components"];
    assert_eq!((&components["orders"], &components["disk"]), (&up, &up));
    assert_eq!(
        components["circuitBreakers"]["details"]["orders"],
        json!({"status": "UP", "details": {"state": "CLOSED", "bufferedCalls": 0, "failedCalls": 0}})
    );
}

#[tokio::test]
async fn a_failing_check_reports_its_service_as_down() {
    let (gateway, _) = faulty_service::gateway_with_orders(&[]);
    gateway.health.check("orders", || Err("stopped".to_owned()));
    for path in
        ["/health/all", "/api/health", "/actuator/health", "/actuator/health/readiness", "/health/ready", "/health"]
    {
        let (status, body) = get_json(&gateway, path).await;
        assert_eq!((status, &body["status"]), (503, &json!("DOWN")), "{path}");
    }
    for path in ["/health/live", "/actuator/health/liveness", "/api/health/gateway"] {
        assert_eq!(get_json(&gateway, path).await.0, 200, "{path}");
    }
    let services = &get_json(&gateway, "/health/all").await.1["services"];
    assert_eq!(services["orders"], json!({"status": "DOWN", "details": {"error": "stopped"}}));
    assert_eq!(services["inventory"], json!({"status": "UP"}));
}

#[tokio::test]
async fn an_open_breaker_reports_its_service_as_down_but_the_gateway_ready() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    faulty.next([Outcome::Status(500); 4]);
    for _ in 0..4 {
        gateway.send(gateway.request("POST", "/api/v1/orders"), Body::empty()).await;
    }
    for path in OF_THE_SYSTEM {
        let (status, body) = get_json(&gateway, path).await;
        assert_eq!((status, &body["status"]), (503, &json!("DOWN")), "{path}");
    }
    for path in OF_THE_DOOR {
        assert_eq!(get_json(&gateway, path).await.0, 200, "{path}");
    }
    let services = &get_json(&gateway, "/health/all").await.1["services"];
    assert_eq!((&services["orders"]["status"], &services["inventory"]["status"]), (&json!("DOWN"), &json!("UP")));
    gateway.time.advance(std::time::Duration::from_secs(5));
    assert_eq!(get_json(&gateway, "/health/all").await.0, 200, "the breaker is half-open");
}

#[tokio::test]
async fn info_and_metric_names_are_served() {
    let (gateway, _) = faulty_service::gateway_with_orders(&[]);
    gateway.send(gateway.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(get_json(&gateway, "/actuator/info").await.1["app"]["name"], "boxoffice");
    let (_, metrics) = get_json(&gateway, "/actuator/metrics").await;
    let names = metrics["names"].as_array().unwrap();
    for name in
        ["boxoffice_http_requests_total", "boxoffice_http_request_duration_seconds", "boxoffice_gateway_breaker_state"]
    {
        assert!(names.contains(&json!(name)), "{name}: {names:?}");
    }
}
