//! Time, attempts and concurrency: what stands before each service besides its breaker.

use std::time::Duration;

use axum::{body::Body, http::request::Builder};
use futures_util::stream;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::{
    faulty_service::{self, FaultyService, Outcome},
    harness::{Answer, TestGateway},
};

/// Sends a request and waits until the service has received it, not for the response.
async fn begin(gateway: &TestGateway, faulty: &FaultyService, request: Builder) -> JoinHandle<Answer> {
    let before = faulty.calls();
    let (router, request) = (gateway.router.clone(), request.body(Body::empty()).unwrap());
    let begun = tokio::spawn(async move { Answer::of(router.oneshot(request).await.unwrap()).await });
    while faulty.calls() == before {
        tokio::task::yield_now().await;
    }
    begun
}

#[tokio::test]
async fn a_service_has_three_seconds_plus_the_preferred_wait() {
    for (prefer, at_least, at_most) in [(None, 3, 4), (Some("wait=5"), 8, 9), (Some("wait=600"), 33, 34)] {
        let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
        faulty.next([Outcome::Silent]);
        let mut request = gateway.request("POST", "/api/v1/orders").header("x-request-id", "request-7");
        if let Some(prefer) = prefer {
            request = request.header("prefer", prefer);
        }
        let before = gateway.time.now();
        let late = gateway.send_and_advance(request, Body::empty()).await;
        assert_eq!(late.problem(), (504, "timeout".to_owned()));
        let detail = late.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("not known") && detail.contains("Idempotency-Key"), "{detail}");
        assert_eq!(late.header("x-request-id"), "request-7");
        let took = gateway.time.now().since(before);
        assert!((Duration::from_secs(at_least)..Duration::from_secs(at_most)).contains(&took), "{prefer:?}: {took:?}");
    }
}

#[tokio::test]
async fn only_safe_requests_are_retried_and_only_if_retryable() {
    for (method, attempts, outcomes, status, calls) in [
        ("GET", "2", &[Outcome::Status(503)][..], 200, 2),
        ("HEAD", "2", &[Outcome::Status(502)], 200, 2),
        ("GET", "2", &[Outcome::Silent], 200, 2),
        ("GET", "3", &[Outcome::Status(504), Outcome::Status(503)], 200, 3),
        ("GET", "2", &[Outcome::Status(503), Outcome::Status(503)], 503, 2),
        ("GET", "1", &[Outcome::Status(503)], 503, 1),
        ("GET", "3", &[Outcome::Status(500)], 500, 1),
        ("GET", "3", &[Outcome::Status(404)], 404, 1),
        ("GET", "3", &[Outcome::Busy], 503, 1),
        ("POST", "3", &[Outcome::Status(503)], 503, 1),
        ("POST", "3", &[Outcome::Silent], 504, 1),
    ] {
        let (gateway, faulty) = faulty_service::gateway_with_orders(&[("BOXOFFICE_GATEWAY_MAX_ATTEMPTS", attempts)]);
        faulty.next(outcomes.iter().copied());
        let answer = gateway.send_and_advance(gateway.request(method, "/api/v1/orders"), Body::empty()).await;
        assert_eq!(
            (answer.status.as_u16(), faulty.calls()),
            (status, calls),
            "{method} {outcomes:?} in {attempts} attempts"
        );
    }
}

#[tokio::test]
async fn an_open_breaker_prevents_retries() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[("BOXOFFICE_GATEWAY_MAX_ATTEMPTS", "10")]);
    faulty.next([Outcome::Status(503); 20]);
    let answer = gateway.send_and_advance(gateway.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!((answer.problem().1.as_str(), faulty.calls()), ("upstream-down", 4));
}

#[tokio::test]
async fn a_silent_service_does_not_delay_others() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    faulty.next([Outcome::Silent; 3]);
    for _ in 0..3 {
        begin(&gateway, &faulty, gateway.request("GET", "/api/v1/orders")).await;
    }
    let elsewhere = gateway.send(gateway.request("GET", "/api/v1/events"), Body::empty()).await;
    assert_eq!(elsewhere.status, 200);
}

#[tokio::test]
async fn requests_beyond_the_concurrency_limit_are_refused_at_once() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[("BOXOFFICE_GATEWAY_CONCURRENCY", "4")]);
    faulty.next([Outcome::Gated; 4]);
    let mut inside = Vec::new();
    for _ in 0..4 {
        inside.push(begin(&gateway, &faulty, gateway.request("POST", "/api/v1/orders")).await);
    }
    for _ in 0..36 {
        let busy = gateway.send(gateway.request("POST", "/api/v1/orders"), Body::empty()).await;
        assert_eq!((busy.problem(), busy.header("retry-after")), ((503, "busy".to_owned()), "1"));
    }
    assert_eq!(faulty.calls(), 4, "refused requests do not reach the service");
    faulty.gate.add_permits(4);
    for request in inside {
        assert_eq!(request.await.unwrap().status, 200);
    }
    let after = gateway.send(gateway.request("POST", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(after.status, 200, "a permit is free again");
}

#[tokio::test]
async fn settings_limit_the_time_and_concurrency_of_a_route() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[
        ("BOXOFFICE_GATEWAY_TIME_LIMITS", "POST /api/v1/orders=1s"),
        ("BOXOFFICE_GATEWAY_CONCURRENCY_LIMITS", "GET /api/v1/orders=1"),
    ]);
    faulty.next([Outcome::Silent]);
    let before = gateway.time.now();
    let late = gateway.send_and_advance(gateway.request("POST", "/api/v1/orders"), Body::empty()).await;
    let took = gateway.time.now().since(before);
    assert_eq!(late.problem(), (504, "timeout".to_owned()));
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&took), "{took:?}");

    faulty.next([Outcome::Gated]);
    let inside = begin(&gateway, &faulty, gateway.request("GET", "/api/v1/orders")).await;
    let busy = gateway.send(gateway.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!((busy.problem(), busy.header("retry-after")), ((503, "busy".to_owned()), "1"));
    let other = gateway.send(gateway.request("POST", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(other.status, 200, "another method is another route");
    faulty.gate.add_permits(1);
    assert_eq!(inside.await.unwrap().status, 200);
    let after = gateway.send(gateway.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(after.status, 200, "a permit is free again");
}

#[tokio::test]
async fn an_incomplete_body_does_not_reach_the_service() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[("BOXOFFICE_GATEWAY_BODY_TIMEOUT", "2s")]);
    for _ in 0..8 {
        let endless = stream::pending::<Result<&'static str, std::io::Error>>();
        let request = gateway.request("POST", "/api/v1/orders").header("x-request-id", "request-7");
        let late = gateway.send_and_advance(request, Body::from_stream(endless)).await;
        assert_eq!(late.problem(), (408, "request-timeout".to_owned()));
        assert_eq!(late.header("x-request-id"), "request-7");
    }
    assert_eq!(faulty.calls(), 0);
    let next = gateway.send(gateway.request("POST", "/api/v1/orders"), "a body").await;
    assert_eq!(next.status, 200, "slow clients do not open the breaker");
}
