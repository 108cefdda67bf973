//! Time, tries and concurrency: what stands before each service besides its breaker.

use std::time::Duration;

use axum::{body::Body, http::request::Builder};
use futures_util::stream;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::{
    faulty::{self, FaultyService, Outcome},
    house::{Answer, House},
};

/// Sends without waiting for the answer, until the service has the request.
async fn begin(house: &House, faulty: &FaultyService, request: Builder) -> JoinHandle<Answer> {
    let before = faulty.calls();
    let (router, request) = (house.router.clone(), request.body(Body::empty()).unwrap());
    let begun = tokio::spawn(async move { Answer::of(router.oneshot(request).await.unwrap()).await });
    while faulty.calls() == before {
        tokio::task::yield_now().await;
    }
    begun
}

#[tokio::test]
async fn a_service_has_three_seconds_and_what_the_client_would_wait() {
    for (prefer, at_least, at_most) in [(None, 3, 4), (Some("wait=5"), 8, 9), (Some("wait=600"), 33, 34)] {
        let (house, faulty) = faulty::house(&[]);
        faulty.next([Outcome::Silent]);
        let mut request = house.request("POST", "/api/v1/orders").header("x-request-id", "request-7");
        if let Some(prefer) = prefer {
            request = request.header("prefer", prefer);
        }
        let before = house.hand.now();
        let late = house.send_by_hand(request, Body::empty()).await;
        assert_eq!(late.problem(), (504, "timeout".to_owned()));
        let detail = late.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("not known") && detail.contains("Idempotency-Key"), "{detail}");
        assert_eq!(late.header("x-request-id"), "request-7");
        let took = house.hand.now().since(before);
        assert!((Duration::from_secs(at_least)..Duration::from_secs(at_most)).contains(&took), "{prefer:?}: {took:?}");
    }
}

#[tokio::test]
async fn only_what_reads_is_tried_again_and_only_where_it_may_help() {
    for (method, tries, outcomes, status, calls) in [
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
        let (house, faulty) = faulty::house(&[("BOXOFFICE_GATEWAY_TRIES", tries)]);
        faulty.next(outcomes.iter().copied());
        let answer = house.send_by_hand(house.request(method, "/api/v1/orders"), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), faulty.calls()), (status, calls), "{method} {outcomes:?} in {tries} tries");
    }
}

#[tokio::test]
async fn nothing_is_tried_again_behind_an_open_breaker() {
    let (house, faulty) = faulty::house(&[("BOXOFFICE_GATEWAY_TRIES", "10")]);
    faulty.next([Outcome::Status(503); 20]);
    let answer = house.send_by_hand(house.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!((answer.problem().1.as_str(), faulty.calls()), ("upstream-down", 4));
}

#[tokio::test]
async fn a_service_that_is_silent_holds_up_nobody_else() {
    let (house, faulty) = faulty::house(&[]);
    faulty.next([Outcome::Silent; 3]);
    for _ in 0..3 {
        begin(&house, &faulty, house.request("GET", "/api/v1/orders")).await;
    }
    let elsewhere = house.send(house.request("GET", "/api/v1/events"), Body::empty()).await;
    assert_eq!(elsewhere.status, 200);
}

#[tokio::test]
async fn ten_times_too_much_is_refused_at_once_and_the_rest_is_done() {
    let (house, faulty) = faulty::house(&[("BOXOFFICE_GATEWAY_CONCURRENCY", "4")]);
    faulty.next([Outcome::Gated; 4]);
    let mut inside = Vec::new();
    for _ in 0..4 {
        inside.push(begin(&house, &faulty, house.request("POST", "/api/v1/orders")).await);
    }
    for _ in 0..36 {
        let busy = house.send(house.request("POST", "/api/v1/orders"), Body::empty()).await;
        assert_eq!((busy.problem(), busy.header("retry-after")), ((503, "busy".to_owned()), "1"));
    }
    assert_eq!(faulty.calls(), 4, "nothing was done for those that were refused");
    faulty.gate.add_permits(4);
    for request in inside {
        assert_eq!(request.await.unwrap().status, 200);
    }
    let after = house.send(house.request("POST", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(after.status, 200, "and there is room again");
}

#[tokio::test]
async fn a_route_has_its_own_time_and_room_where_a_setting_says_so() {
    let (house, faulty) = faulty::house(&[
        ("BOXOFFICE_GATEWAY_TIME_LIMITS", "POST /api/v1/orders=1s"),
        ("BOXOFFICE_GATEWAY_CONCURRENCY_LIMITS", "GET /api/v1/orders=1"),
    ]);
    faulty.next([Outcome::Silent]);
    let before = house.hand.now();
    let late = house.send_by_hand(house.request("POST", "/api/v1/orders"), Body::empty()).await;
    let took = house.hand.now().since(before);
    assert_eq!(late.problem(), (504, "timeout".to_owned()));
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&took), "{took:?}");

    faulty.next([Outcome::Gated]);
    let inside = begin(&house, &faulty, house.request("GET", "/api/v1/orders")).await;
    let busy = house.send(house.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!((busy.problem(), busy.header("retry-after")), ((503, "busy".to_owned()), "1"));
    let other = house.send(house.request("POST", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(other.status, 200, "another method is another route");
    faulty.gate.add_permits(1);
    assert_eq!(inside.await.unwrap().status, 200);
    let after = house.send(house.request("GET", "/api/v1/orders"), Body::empty()).await;
    assert_eq!(after.status, 200, "and there is room again");
}

#[tokio::test]
async fn a_body_that_does_not_come_reaches_nobody() {
    let (house, faulty) = faulty::house(&[("BOXOFFICE_GATEWAY_BODY_TIME", "2s")]);
    for _ in 0..8 {
        let endless = stream::pending::<Result<&'static str, std::io::Error>>();
        let request = house.request("POST", "/api/v1/orders").header("x-request-id", "request-7");
        let late = house.send_by_hand(request, Body::from_stream(endless)).await;
        assert_eq!(late.problem(), (408, "request-timeout".to_owned()));
        assert_eq!(late.header("x-request-id"), "request-7");
    }
    assert_eq!(faulty.calls(), 0);
    let next = house.send(house.request("POST", "/api/v1/orders"), "a body").await;
    assert_eq!(next.status, 200, "slow clients open no breaker");
}
