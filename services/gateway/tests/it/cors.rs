//! Pages of others that call the API from a browser.

use axum::{body::Body, http::Request};

use crate::house::{Answer, House, door, inventory};

const ORIGINS: &str = "BOXOFFICE_GATEWAY_CORS_ORIGINS";

async fn preflight(house: &House, origin: &str) -> Answer {
    let request = Request::options("/api/v1/bookings")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization, content-type, idempotency-key, if-match, prefer");
    house.send(request, Body::empty()).await
}

fn list(answer: &Answer, name: &str) -> Vec<String> {
    answer.header(name).split(',').map(|item| item.trim().to_ascii_lowercase()).collect()
}

#[tokio::test]
async fn nobodys_pages_may_call_unless_a_setting_says_so() {
    let house = House::open();
    let answer = preflight(&house, "https://shop.example").await;
    assert_eq!(answer.problem().0, 401);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", answer.headers);
    let request = house.request("GET", "/api/v1/events").header("origin", "https://shop.example");
    let answer = house.send(request, Body::empty()).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", answer.headers);
}

#[tokio::test]
async fn those_that_are_named_may() {
    let house = House::with(&[(ORIGINS, "https://shop.example, http://localhost:3000")]);
    for origin in ["https://shop.example", "http://localhost:3000"] {
        let answer = preflight(&house, origin).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, origin));
        assert!(list(&answer, "access-control-allow-methods").contains(&"post".to_owned()));
        let allowed = list(&answer, "access-control-allow-headers");
        for name in ["authorization", "content-type", "idempotency-key", "if-match", "prefer"] {
            assert!(allowed.contains(&name.to_owned()), "{name}: {allowed:?}");
        }
        assert!(list(&answer, "vary").contains(&"origin".to_owned()));
        assert_eq!(answer.header("access-control-allow-credentials"), "");

        let request = house.request("GET", "/api/v1/events").header("origin", origin);
        let answer = house.send(request, Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, origin));
        let shown = list(&answer, "access-control-expose-headers");
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
            assert!(shown.contains(&name.to_owned()), "{name}: {shown:?}");
        }
    }
    let refusal =
        house.send(Request::get("/api/v1/events").header("origin", "https://shop.example"), Body::empty()).await;
    assert_eq!(refusal.problem().0, 401);
    assert_eq!(refusal.header("access-control-allow-origin"), "https://shop.example", "a page can read why");
}

#[tokio::test]
async fn others_may_not() {
    let house = House::with(&[(ORIGINS, "https://shop.example")]);
    for origin in ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"] {
        assert_eq!(preflight(&house, origin).await.header("access-control-allow-origin"), "", "{origin}");
        let request = house.request("GET", "/api/v1/events").header("origin", origin);
        assert_eq!(house.send(request, Body::empty()).await.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn anybodys_may_without_credentials() {
    let house = House::with(&[(ORIGINS, "*")]);
    let answer = preflight(&house, "https://anywhere.example").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn what_is_no_origin_is_refused_at_start() {
    let house = House::open();
    let (clock, _) = boxoffice_clock::Clock::manual(house.hand.now());
    for origins in ["shop.example", "https://shop.example/", "https://shop.example, null"] {
        let upstreams = vec![inventory(&house.issuer, &clock)];
        let refused = door(upstreams, &house.issuer, &clock, house.health.clone(), &[(ORIGINS, origins)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("such as https://shop.example"), "{origins}: {refused}");
    }
}
