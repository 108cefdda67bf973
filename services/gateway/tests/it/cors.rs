//! Calls from pages of other origins.

use axum::{body::Body, http::Request};

use crate::harness::{Answer, TestGateway, inventory, router};

const ORIGINS: &str = "BOXOFFICE_GATEWAY_CORS_ORIGINS";

async fn preflight(gateway: &TestGateway, origin: &str) -> Answer {
    let request = Request::options("/api/v1/bookings")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization, content-type, idempotency-key, if-match, prefer");
    gateway.send(request, Body::empty()).await
}

fn list(answer: &Answer, name: &str) -> Vec<String> {
    answer.header(name).split(',').map(|item| item.trim().to_ascii_lowercase()).collect()
}

#[tokio::test]
async fn without_a_setting_no_origin_may_call() {
    let gateway = TestGateway::open();
    let answer = preflight(&gateway, "https://tickets.example").await;
    assert_eq!(answer.problem().0, 401);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", answer.headers);
    let request = gateway.request("GET", "/api/v1/events").header("origin", "https://tickets.example");
    let answer = gateway.send(request, Body::empty()).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", answer.headers);
}

#[tokio::test]
async fn configured_origins_may_call() {
    let gateway = TestGateway::with(&[(ORIGINS, "https://tickets.example, http://localhost:3000")]);
    for origin in ["https://tickets.example", "http://localhost:3000"] {
        let answer = preflight(&gateway, origin).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, origin));
        assert!(list(&answer, "access-control-allow-methods").contains(&"post".to_owned()));
        let allowed = list(&answer, "access-control-allow-headers");
        for name in ["authorization", "content-type", "idempotency-key", "if-match", "prefer"] {
            assert!(allowed.contains(&name.to_owned()), "{name}: {allowed:?}");
        }
        assert!(list(&answer, "vary").contains(&"origin".to_owned()));
        assert_eq!(answer.header("access-control-allow-credentials"), "");

        let request = gateway.request("GET", "/api/v1/events").header("origin", origin);
        let answer = gateway.send(request, Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, origin));
        let exposed = list(&answer, "access-control-expose-headers");
        for name in [
            "etag",
            "link",
            "location",
            "x-request-id",
            "ratelimit",
            "ratelimit-policy",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "retry-after",
            "idempotency-replayed",
        ] {
            assert!(exposed.contains(&name.to_owned()), "{name}: {exposed:?}");
        }
    }
    let refusal =
        gateway.send(Request::get("/api/v1/events").header("origin", "https://tickets.example"), Body::empty()).await;
    assert_eq!(refusal.problem().0, 401);
    assert_eq!(
        refusal.header("access-control-allow-origin"),
        "https://tickets.example",
        "the page can read the problem"
    );
}

#[tokio::test]
async fn other_origins_may_not_call() {
    let gateway = TestGateway::with(&[(ORIGINS, "https://tickets.example")]);
    for origin in ["https://evil.example", "https://tickets.example.evil.example", "http://tickets.example", "null"] {
        assert_eq!(preflight(&gateway, origin).await.header("access-control-allow-origin"), "", "{origin}");
        let request = gateway.request("GET", "/api/v1/events").header("origin", origin);
        assert_eq!(gateway.send(request, Body::empty()).await.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn any_origin_may_call_without_credentials() {
    let gateway = TestGateway::with(&[(ORIGINS, "*")]);
    let answer = preflight(&gateway, "https://anywhere.example").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn an_invalid_origin_is_refused_at_start() {
    let gateway = TestGateway::open();
    let (clock, _) = boxoffice_clock::Clock::manual(gateway.time.now());
    for origins in ["tickets.example", "https://tickets.example/", "https://tickets.example, null"] {
        let upstreams = vec![inventory(&gateway.issuer, &clock)];
        let refused = router(upstreams, &gateway.issuer, &clock, gateway.health.clone(), &[(ORIGINS, origins)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("such as https://tickets.example"), "{origins}: {refused}");
    }
}
