//! The circuit breaker of each service, through the door and by the clock.

use std::time::Duration;

use axum::body::Body;
use boxoffice_clock::{Clock, Timestamp};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    faulty::{self, Outcome},
    house::{Answer, House, door, inventory},
};

const FAULT: &str = "BOXOFFICE_GATEWAY_FAULT";
const SECOND: Duration = Duration::from_secs(1);

async fn book(house: &House) -> Answer {
    house.send(house.request("POST", "/api/v1/bookings"), Body::empty()).await
}

async fn order(house: &House) -> Answer {
    house.send(house.request("POST", "/api/v1/orders"), Body::empty()).await
}

/// The position of a breaker, as `/actuator/health` shows it.
async fn position(house: &House, service: &str) -> String {
    let health = house.get("/actuator/health").await.json();
    let breaker = &health["components"]["circuitBreakers"]["details"][service];
    breaker["details"]["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_opens_tries_again_and_closes_by_the_clock() {
    let house = House::with(&[(FAULT, "bookings=503@12s")]);
    for _ in 0..4 {
        assert_eq!(position(&house, "bookings").await, "CLOSED");
        assert_eq!(book(&house).await.problem(), (503, "unavailable".to_owned()));
    }
    let down = book(&house).await;
    assert_eq!(down.problem(), (503, "upstream-down".to_owned()));
    assert_eq!((down.json()["detail"].as_str(), down.header("retry-after")), (Some("Booking service is down"), "5"));
    assert_eq!(position(&house, "bookings").await, "OPEN");
    let elsewhere = house.send(house.request("GET", "/api/v1/events"), Body::empty()).await;
    assert_eq!(elsewhere.status, 200, "the others are as they were");

    house.hand.advance(4 * SECOND);
    assert_eq!(book(&house).await.header("retry-after"), "1");
    house.hand.advance(SECOND);
    assert_eq!(position(&house, "bookings").await, "HALF_OPEN");
    for _ in 0..2 {
        assert_eq!(book(&house).await.problem().1, "unavailable", "the fault is still there");
    }
    assert_eq!(position(&house, "bookings").await, "OPEN");

    house.hand.advance(7 * SECOND);
    for _ in 0..2 {
        assert_eq!(position(&house, "bookings").await, "HALF_OPEN");
        assert_eq!(book(&house).await.status, 200);
    }
    assert_eq!(position(&house, "bookings").await, "CLOSED");
}

#[tokio::test]
async fn its_parameters_are_settings() {
    let (house, faulty) = faulty::house(&[
        ("BOXOFFICE_GATEWAY_BREAKER_WINDOW", "2"),
        ("BOXOFFICE_GATEWAY_BREAKER_CALLS", "2"),
        ("BOXOFFICE_GATEWAY_BREAKER_FAILURES", "100"),
        ("BOXOFFICE_GATEWAY_BREAKER_OPEN", "1m"),
        ("BOXOFFICE_GATEWAY_BREAKER_HALF_OPEN", "1"),
    ]);
    faulty.next([Outcome::Status(500), Outcome::Fine, Outcome::Status(500), Outcome::Status(500)]);
    for expected in [500, 200, 500, 500, 503, 503] {
        assert_eq!(order(&house).await.status, expected);
    }
    assert_eq!(order(&house).await.header("retry-after"), "60");
    house.hand.advance(60 * SECOND);
    assert_eq!(order(&house).await.status, 200);
    assert_eq!(position(&house, "orders").await, "CLOSED");
}

/// Sends eight requests to a service in that outcome; whether the breaker is open after that.
async fn opens(outcome: Outcome) -> bool {
    let (house, faulty) = faulty::house(&[]);
    faulty.next([outcome; 8]);
    for _ in 0..8 {
        house.send_by_hand(house.request("POST", "/api/v1/orders"), Body::empty()).await;
    }
    position(&house, "orders").await == "OPEN"
}

#[tokio::test]
async fn failures_silence_and_panics_count_and_refusals_do_not() {
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
async fn what_clients_do_does_not_open_it() {
    let (house, faulty) = faulty::house(&[]);
    for _ in 0..10 {
        let stranger = axum::http::Request::post("/api/v1/orders");
        assert_eq!(house.send(stranger, Body::empty()).await.status, 401);
        let too_large = house.request("POST", "/api/v1/orders");
        assert_eq!(house.send(too_large, "x".repeat(65 * 1024)).await.status, 413);
        faulty.next([Outcome::Silent]);
        let before = faulty.calls();
        let request = house.request("POST", "/api/v1/orders").body(Body::empty()).unwrap();
        let gone = tokio::spawn(house.router.clone().oneshot(request));
        while faulty.calls() == before {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
    }
    assert_eq!(position(&house, "orders").await, "CLOSED");
    assert_eq!(order(&house).await.status, 200);
}

#[tokio::test]
async fn it_is_shown_in_metrics() {
    let (house, faulty) = faulty::named("parcels", &[]);
    faulty.next([Outcome::Status(500); 4]);
    for _ in 0..6 {
        order(&house).await;
    }
    let shows = async |line: &str| {
        let metrics = house.get("/actuator/prometheus").await.text;
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    };
    shows(r#"boxoffice_gateway_breaker_state{upstream="parcels"} 1"#).await;
    shows(r#"boxoffice_gateway_breaker_rejected_total{upstream="parcels"} 2"#).await;
    shows(r#"boxoffice_gateway_breaker_transitions_total{upstream="parcels",to="open"} 1"#).await;
    house.hand.advance(5 * SECOND);
    shows(r#"boxoffice_gateway_breaker_state{upstream="parcels"} 2"#).await;
    order(&house).await;
    order(&house).await;
    shows(r#"boxoffice_gateway_breaker_state{upstream="parcels"} 0"#).await;
}

#[tokio::test]
async fn a_fault_of_no_service_is_refused_at_start() {
    let (clock, _) = Clock::manual(Timestamp::from_micros(0));
    let house = House::open();
    for (fault, expected) in [
        ("booking=refuse", "gateway.fault names booking; the services are inventory"),
        ("inventory=often", "BOXOFFICE_GATEWAY_FAULT=\"inventory=often\""),
    ] {
        let upstreams = vec![inventory(&house.issuer, &clock)];
        let refused = door(upstreams, &house.issuer, &clock, house.health.clone(), &[(FAULT, fault)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn faults_slow_down_and_refuse() {
    let house = House::with(&[(FAULT, "inventory=refuse, bookings=slow:2s")]);
    let request = house.request("GET", "/api/v1/events");
    let refused = house.send_by_hand(request, Body::empty()).await;
    assert_eq!(refused.problem(), (503, "upstream-down".to_owned()));
    assert_eq!(refused.json()["detail"], json!("Inventory service is down"));
    let before = house.hand.now();
    let slow = house.send_by_hand(house.request("GET", "/api/v1/events/7/bookings"), Body::empty()).await;
    assert_eq!(slow.status, 200);
    assert!(house.hand.now().since(before) >= 2 * SECOND);
}
