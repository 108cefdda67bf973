//! How the system is, under every path at which the source documents look for it.

use axum::body::Body;
use serde_json::{Value, json};

use crate::{
    faulty::{self, Outcome},
    house::House,
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

async fn ask(house: &House, path: &str) -> (u16, Value) {
    let answer = house.get(path).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn everything_is_up() {
    let (house, _) = faulty::house(&[]);
    house.health.check("orders", || Ok(()));
    house.health.check("disk", || Ok(()));
    for path in OF_THE_SYSTEM.iter().chain(&OF_THE_DOOR) {
        let (status, body) = ask(&house, path).await;
        assert_eq!((status, &body["status"]), (200, &json!("UP")), "{path}");
    }
    let up = json!({"status": "UP"});
    let (_, all) = ask(&house, "/health/all").await;
    assert_eq!(all["services"], json!({"inventory": up, "orders": up}));
    assert_eq!((&all["gateway"], &all["dependencies"]), (&up, &json!({"disk": up})));
    assert_eq!(all["timestamp"], "2030-03-17T17:46:40Z");
    let components = &ask(&house, "/actuator/health").await.1["components"];
    assert_eq!((&components["orders"], &components["disk"]), (&up, &up));
    assert_eq!(
        components["circuitBreakers"]["details"]["orders"],
        json!({"status": "UP", "details": {"state": "CLOSED", "bufferedCalls": 0, "failedCalls": 0}})
    );
}

#[tokio::test]
async fn a_service_that_says_so_is_down() {
    let (house, _) = faulty::house(&[]);
    house.health.check("orders", || Err("stopped".to_owned()));
    for path in
        ["/health/all", "/api/health", "/actuator/health", "/actuator/health/readiness", "/health/ready", "/health"]
    {
        let (status, body) = ask(&house, path).await;
        assert_eq!((status, &body["status"]), (503, &json!("DOWN")), "{path}");
    }
    for path in ["/health/live", "/actuator/health/liveness", "/api/health/gateway"] {
        assert_eq!(ask(&house, path).await.0, 200, "{path}");
    }
    let services = &ask(&house, "/health/all").await.1["services"];
    assert_eq!(services["orders"], json!({"status": "DOWN", "details": {"error": "stopped"}}));
    assert_eq!(services["inventory"], json!({"status": "UP"}));
}

#[tokio::test]
async fn a_service_behind_an_open_breaker_is_down_and_the_door_is_not() {
    let (house, faulty) = faulty::house(&[]);
    faulty.next([Outcome::Status(500); 4]);
    for _ in 0..4 {
        house.send(house.request("POST", "/api/v1/orders"), Body::empty()).await;
    }
    for path in OF_THE_SYSTEM {
        let (status, body) = ask(&house, path).await;
        assert_eq!((status, &body["status"]), (503, &json!("DOWN")), "{path}");
    }
    for path in OF_THE_DOOR {
        assert_eq!(ask(&house, path).await.0, 200, "{path}");
    }
    let services = &ask(&house, "/health/all").await.1["services"];
    assert_eq!((&services["orders"]["status"], &services["inventory"]["status"]), (&json!("DOWN"), &json!("UP")));
    house.hand.advance(std::time::Duration::from_secs(5));
    assert_eq!(ask(&house, "/health/all").await.0, 200, "it is being tried");
}

#[tokio::test]
async fn what_it_is_and_what_is_measured() {
    let (house, _) = faulty::house(&[]);
    house.send(house.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(ask(&house, "/actuator/info").await.1["app"]["name"], "boxoffice");
    let (_, metrics) = ask(&house, "/actuator/metrics").await;
    let names = metrics["names"].as_array().unwrap();
    for name in
        ["boxoffice_http_requests_total", "boxoffice_http_request_duration_seconds", "boxoffice_gateway_breaker_state"]
    {
        assert!(names.contains(&json!(name)), "{name}: {names:?}");
    }
}
