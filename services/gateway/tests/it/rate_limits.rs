//! Rate limits of clients.

use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, extract::ConnectInfo, http::request::Builder};
use boxoffice_identity::Scope;

use crate::harness::{Answer, HOUR, TestGateway, inventory, router};

const RATE: &str = "BOXOFFICE_GATEWAY_RATE_LIMIT";
const ROUTES: &str = "BOXOFFICE_GATEWAY_RATE_LIMITS";
const BY: &str = "BOXOFFICE_GATEWAY_RATE_LIMIT_BY";

fn from(address: &str, request: Builder) -> Builder {
    request.extension(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 4711)))
}

async fn events(gateway: &TestGateway, address: &str) -> Answer {
    gateway.send(from(address, gateway.request("GET", "/api/v1/events")), Body::empty()).await
}

/// The headers of the rate limit: `RateLimit`, `RateLimit-Policy`, and the older `X-RateLimit-*`.
fn rate_limit_headers(answer: &Answer) -> (&str, &str, &str, &str) {
    (
        answer.header("ratelimit"),
        answer.header("ratelimit-policy"),
        answer.header("x-ratelimit-limit"),
        answer.header("x-ratelimit-remaining"),
    )
}

#[tokio::test]
async fn the_101st_in_any_60_seconds_is_refused() {
    let gateway = TestGateway::with(&[(RATE, "100/60s")]);
    let policy = r#""default";q=100;w=60"#;
    for before in 0..100_u32 {
        let answer = events(&gateway, "203.0.113.1").await;
        assert_eq!(answer.status, 200);
        let remaining = 99 - before;
        let reset = 60 - before / 2;
        let limit = format!(r#""default";r={remaining};t={reset}"#);
        assert_eq!(rate_limit_headers(&answer), (limit.as_str(), policy, "100", remaining.to_string().as_str()));
        // One request every half a second: the first leaves the window at 60 s, the second at 60.5 s.
        gateway.time.advance(Duration::from_millis(500));
    }
    for until in (1..=10).rev() {
        let refused = events(&gateway, "203.0.113.1").await;
        assert_eq!(refused.problem(), (429, "too-many-requests".to_owned()));
        assert_eq!(refused.header("retry-after"), until.to_string());
        assert_eq!(rate_limit_headers(&refused), (format!(r#""default";r=0;t={until}"#).as_str(), policy, "100", "0"));
        let reset = gateway.time.now().plus(Duration::from_secs(until)).seconds();
        assert_eq!(refused.header("x-ratelimit-reset"), reset.to_string());
        gateway.time.advance(Duration::from_secs(1));
    }
    assert_eq!(events(&gateway, "203.0.113.1").await.status, 200, "refused requests do not count");
    assert_eq!(events(&gateway, "203.0.113.1").await.status, 429);
    gateway.time.advance(Duration::from_millis(499));
    assert_eq!(events(&gateway, "203.0.113.1").await.status, 429);
    gateway.time.advance(Duration::from_millis(1));
    assert_eq!(events(&gateway, "203.0.113.1").await.status, 200);
}

#[tokio::test]
async fn without_a_setting_there_is_no_limit_and_no_header() {
    let gateway = TestGateway::open();
    let answer = events(&gateway, "203.0.113.1").await;
    assert_eq!((answer.status.as_u16(), rate_limit_headers(&answer)), (200, ("", "", "", "")));
}

#[tokio::test]
async fn each_address_has_its_own_limit_and_an_ipv6_subscriber_one() {
    let gateway = TestGateway::with(&[(RATE, "1/60s")]);
    for (address, status) in [
        ("203.0.113.1", 200),
        ("203.0.113.1", 429),
        ("203.0.113.2", 200),
        ("::ffff:203.0.113.2", 429),
        ("2001:db8:0:1::1", 200),
        ("2001:db8:0:1:ffff::2", 429),
        ("2001:db8:0:2::1", 200),
    ] {
        assert_eq!(events(&gateway, address).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn every_request_counts_except_health_metrics_and_documentation() {
    let gateway = TestGateway::with(&[(RATE, "1/60s")]);
    let open = [
        "/health",
        "/health/all",
        "/health/live",
        "/health/ready",
        "/api/health",
        "/api/health/gateway",
        "/actuator/health",
        "/actuator/prometheus",
        "/docs",
        "/docs/errors",
        "/v3/api-docs",
        "/api/v1/openapi.json",
    ];
    for path in open.iter().cycle().take(3 * open.len()) {
        let answer = gateway.get(path).await;
        assert_eq!((answer.status.as_u16(), rate_limit_headers(&answer)), (200, ("", "", "", "")), "{path}");
    }
    let anonymous = gateway.get("/nothing").await;
    assert_eq!((anonymous.problem().0, anonymous.header("x-ratelimit-remaining")), (401, "0"));
    for (method, path) in
        [("GET", "/nothing"), ("GET", "/healthy"), ("POST", "/oauth2/token"), ("GET", "/api/v1/events")]
    {
        let answer = gateway.send(gateway.request(method, path), Body::empty()).await;
        assert_eq!(answer.problem(), (429, "too-many-requests".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_setting_counts_valid_tokens_by_subject() {
    let gateway = TestGateway::with(&[(RATE, "1/60s"), (BY, "token")]);
    let bob = format!("Bearer {}", gateway.issuer.token("bob", Scope::Customer.into(), HOUR));
    let ann = gateway.bearer();
    for (address, token, status) in [
        ("203.0.113.1", ann.as_str(), 200),
        ("203.0.113.2", &ann, 429),
        ("203.0.113.1", &bob, 200),
        ("203.0.113.1", "Bearer garbage", 401),
        ("203.0.113.1", "Bearer rubbish", 429),
        ("203.0.113.2", "Bearer rubbish", 401),
    ] {
        let request = axum::http::Request::get("/api/v1/events").header("authorization", token);
        assert_eq!(gateway.send(from(address, request), Body::empty()).await.status, status, "{address} {token}");
    }
}

#[tokio::test]
async fn a_setting_limits_single_routes() {
    let gateway =
        TestGateway::with(&[(RATE, "2/60s"), (ROUTES, "POST /api/v1/bookings=1/10s, /api/v1/events/{id}=3/60s")]);
    let send = async |method: &str, path: &str| gateway.send(gateway.request(method, path), Body::empty()).await;
    for (method, path, statuses) in [
        ("POST", "/api/v1/bookings", &[200, 429][..]),
        ("GET", "/api/v1/events/7", &[200, 200]),
        ("GET", "/api/v1/events/8", &[200, 429]),
        ("GET", "/api/v1/events", &[200, 200, 429]),
    ] {
        for status in statuses {
            assert_eq!(send(method, path).await.status.as_u16(), *status, "{method} {path}");
        }
    }
    let refused = send("POST", "/api/v1/bookings").await;
    let policy = r#""POST /api/v1/bookings";q=1;w=10"#;
    assert_eq!(rate_limit_headers(&refused), (r#""POST /api/v1/bookings";r=0;t=10"#, policy, "1", "0"));
    gateway.time.advance(Duration::from_secs(10));
    assert_eq!(send("POST", "/api/v1/bookings").await.status, 200);
    assert_eq!(send("GET", "/api/v1/bookings").await.status, 429, "another method has the general limit");
}

#[tokio::test]
async fn only_trusted_proxies_name_the_client() {
    let settings = [(RATE, "1/60s"), ("BOXOFFICE_GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8")];
    let gateway = TestGateway::with(&settings);
    let send = async |gateway: &TestGateway, peer: &str, client: &str| {
        let request = gateway.request("GET", "/api/v1/events").header("x-forwarded-for", client);
        gateway.send(from(peer, request), Body::empty()).await.status.as_u16()
    };
    for (peer, client, status) in [
        ("10.0.0.1", "203.0.113.1", 200),
        ("10.0.0.2", "203.0.113.1", 429),
        ("10.0.0.1", "203.0.113.2", 200),
        ("10.0.0.1", "203.0.113.9, 203.0.113.2", 429),
        ("198.51.100.1", "203.0.113.3", 200),
        ("198.51.100.1", "203.0.113.4", 429),
    ] {
        assert_eq!(send(&gateway, peer, client).await, status, "{peer} for {client}");
    }
    let gateway = TestGateway::with(&settings[..1]);
    assert_eq!(send(&gateway, "10.0.0.1", "203.0.113.1").await, 200);
    assert_eq!(send(&gateway, "10.0.0.1", "203.0.113.2").await, 429, "no proxy is trusted by default");
}

#[tokio::test]
async fn an_invalid_limit_is_refused_at_start() {
    let gateway = TestGateway::open();
    let (clock, _) = boxoffice_clock::Clock::manual(gateway.time.now());
    for (name, value, expected) in [
        (RATE, "100", "such as 100/60s"),
        (ROUTES, "POST bookings=1/1s", "such as POST /api/v1/bookings=10/60s"),
        (ROUTES, "GET /a=1/1s,GET /a=2/1s", "the route has two limits"),
        (ROUTES, "/a/{x=1/1s", "cannot be routed"),
        ("BOXOFFICE_GATEWAY_TIME_LIMITS", "GET /api/v1/nothing=1s", "no service documents it"),
        ("BOXOFFICE_GATEWAY_CONCURRENCY_LIMITS", "PATCH /api/v1/events=1", "no service documents it"),
        ("BOXOFFICE_GATEWAY_CONCURRENCY_LIMITS", "/api/v1/events=0", "from 1 to 1000000"),
        (BY, "cookie", "one of address, token"),
        ("BOXOFFICE_GATEWAY_TRUSTED_PROXIES", "somebody", "invalid"),
        ("BOXOFFICE_GATEWAY_MAX_ATTEMPTS", "0", "lower than 1"),
    ] {
        let upstreams = vec![inventory(&gateway.issuer, &clock)];
        let refused = router(upstreams, &gateway.issuer, &clock, gateway.health.clone(), &[(name, value)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(expected), "{name}={value}: {refused}");
    }
}
