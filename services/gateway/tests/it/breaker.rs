//! The circuit breaker of each service, through the gateway, with a manual clock.

use std::time::Duration;

use axum::body::Body;
use boxoffice_clock::{Clock, Timestamp};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    faulty_service::{self, Outcome},
    harness::{Answer, TestGateway, inventory, router},
};

const FAULT: &str = "BOXOFFICE_GATEWAY_FAULT";
const SECOND: Duration = Duration::from_secs(1);

async fn book(gateway: &TestGateway) -> Answer {
    gateway.send(gateway.request("POST", "/api/v1/bookings"), Body::empty()).await
}

async fn order(gateway: &TestGateway) -> Answer {
    gateway.send(gateway.request("POST", "/api/v1/orders"), Body::empty()).await
}

/// The state of a breaker in `/actuator/health`.
async fn position(gateway: &TestGateway, service: &str) -> String {
    let health = gateway.get("/actuator/health").await.json();
    let breaker = &health["components"]["circuitBreakers"]["details"][service];
    breaker["details"]["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_breaker_opens_half_opens_and_closes() {
    let gateway = TestGateway::with(&[(FAULT, "bookings=503@12s")]);
    for _ in 0..4 {
        assert_eq!(position(&gateway, "bookings").await, "CLOSED");
        assert_eq!(book(&gateway).await.problem(), (503, "unavailable".to_owned()));
    }
    let down = book(&gateway).await;
    assert_eq!(down.problem(), (503, "upstream-down".to_owned()));
    assert_eq!((down.json()["detail"].as_str(), down.header("retry-after")), (Some("Booking service is down"), "5"));
    assert_eq!(position(&gateway, "bookings").await, "OPEN");
    let elsewhere = gateway.send(gateway.request("GET", "/api/v1/events"), Body::empty()).await;
    assert_eq!(elsewhere.status, 200, "other services are unaffected");

    gateway.time.advance(4 * SECOND);
    assert_eq!(book(&gateway).await.header("retry-after"), "1");
    gateway.time.advance(SECOND);
    assert_eq!(position(&gateway, "bookings").await, "HALF_OPEN");
    for _ in 0..2 {
        assert_eq!(book(&gateway).await.problem().1, "unavailable", "the fault is still active");
    }
    assert_eq!(position(&gateway, "bookings").await, "OPEN");

    gateway.time.advance(7 * SECOND);
    for _ in 0..2 {
        assert_eq!(position(&gateway, "bookings").await, "HALF_OPEN");
        assert_eq!(book(&gateway).await.status, 200);
    }
    assert_eq!(position(&gateway, "bookings").await, "CLOSED");
}

#[tokio::test]
async fn settings_configure_the_breaker() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[
        ("BOXOFFICE_GATEWAY_BREAKER_WINDOW", "2"),
        ("BOXOFFICE_GATEWAY_BREAKER_CALLS", "2"),
        ("BOXOFFICE_GATEWAY_BREAKER_FAILURES", "100"),
        ("BOXOFFICE_GATEWAY_BREAKER_OPEN", "1m"),
        ("BOXOFFICE_GATEWAY_BREAKER_HALF_OPEN", "1"),
    ]);
    faulty.next([Outcome::Status(500), Outcome::Fine, Outcome::Status(500), Outcome::Status(500)]);
    for expected in [500, 200, 500, 500, 503, 503] {
        assert_eq!(order(&gateway).await.status, expected);
    }
    assert_eq!(order(&gateway).await.header("retry-after"), "60");
    gateway.time.advance(60 * SECOND);
    assert_eq!(order(&gateway).await.status, 200);
    assert_eq!(position(&gateway, "orders").await, "CLOSED");
}

/// Whether the breaker is open after eight requests with this outcome.
async fn opens(outcome: Outcome) -> bool {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    faulty.next([outcome; 8]);
    for _ in 0..8 {
        gateway.send_and_advance(gateway.request("POST", "/api/v1/orders"), Body::empty()).await;
    }
    position(&gateway, "orders").await == "OPEN"
}

#[tokio::test]
async fn failures_timeouts_and_panics_count_and_refusals_do_not() {
    for outcome in [
        Outcome::Status(500),
        Outcome::Status(502),
        Outcome::Status(503),
        Outcome::Status(504),
        Outcome::Panic,
        Outcome::Silent,
    ] {
        assert!(opens(outcome).await, "{outcome:?}");
    }
    for outcome in [
        Outcome::Fine,
        Outcome::Status(302),
        Outcome::Status(400),
        Outcome::Status(409),
        Outcome::Status(429),
        Outcome::Busy,
    ] {
        assert!(!opens(outcome).await, "{outcome:?}");
    }
}

#[tokio::test]
async fn client_errors_and_disconnects_do_not_open_the_breaker() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    for _ in 0..10 {
        let anonymous = axum::http::Request::post("/api/v1/orders");
        assert_eq!(gateway.send(anonymous, Body::empty()).await.status, 401);
        let too_large = gateway.request("POST", "/api/v1/orders");
        assert_eq!(gateway.send(too_large, "x".repeat(65 * 1024)).await.status, 413);
        faulty.next([Outcome::Silent]);
        let before = faulty.calls();
        let request = gateway.request("POST", "/api/v1/orders").body(Body::empty()).unwrap();
        let gone = tokio::spawn(gateway.router.clone().oneshot(request));
        while faulty.calls() == before {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
    }
    assert_eq!(position(&gateway, "orders").await, "CLOSED");
    assert_eq!(order(&gateway).await.status, 200);
}

#[tokio::test]
async fn metrics_report_the_breaker() {
    let (gateway, faulty) = faulty_service::named("parcels", &[]);
    faulty.next([Outcome::Status(500); 4]);
    for _ in 0..6 {
        order(&gateway).await;
    }
    let shows = async |line: &str| {
        let metrics = gateway.get("/actuator/prometheus").await.text;
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    };
    shows(r#"boxoffice_gateway_breaker_state{upstream="parcels"} 1"#).await;
    shows(r#"boxoffice_gateway_breaker_rejected_total{upstream="parcels"} 2"#).await;
    shows(r#"boxoffice_gateway_breaker_transitions_total{upstream="parcels",to="open"} 1"#).await;
    gateway.time.advance(5 * SECOND);
    shows(r#"boxoffice_gateway_breaker_state{upstream="parcels"} 2"#).await;
    order(&gateway).await;
    order(&gateway).await;
    shows(r#"boxoffice_gateway_breaker_state{upstream="parcels"} 0"#).await;
}

#[tokio::test]
async fn a_fault_for_an_unknown_service_is_refused_at_start() {
    let (clock, _) = Clock::manual(Timestamp::from_micros(0));
    let gateway = TestGateway::open();
    for (fault, expected) in [
        ("booking=refuse", "gateway.fault names booking; the services are inventory"),
        ("inventory=often", "BOXOFFICE_GATEWAY_FAULT=\"inventory=often\""),
    ] {
        let upstreams = vec![inventory(&gateway.issuer, &clock)];
        let refused = router(upstreams, &gateway.issuer, &clock, gateway.health.clone(), &[(FAULT, fault)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn faults_delay_and_refuse_calls() {
    let gateway = TestGateway::with(&[(FAULT, "inventory=refuse, bookings=slow:2s")]);
    let request = gateway.request("GET", "/api/v1/events");
    let refused = gateway.send_and_advance(request, Body::empty()).await;
    assert_eq!(refused.problem(), (503, "upstream-down".to_owned()));
    assert_eq!(refused.json()["detail"], json!("Inventory service is down"));
    let before = gateway.time.now();
    let slow = gateway.send_and_advance(gateway.request("GET", "/api/v1/events/7/bookings"), Body::empty()).await;
    assert_eq!(slow.status, 200);
    assert!(gateway.time.now().since(before) >= 2 * SECOND);
}
