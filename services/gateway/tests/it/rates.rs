//! How often a client may ask.

use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, extract::ConnectInfo, http::request::Builder};
use boxoffice_identity::Scope;

use crate::house::{Answer, HOUR, House, door, inventory};

const RATE: &str = "BOXOFFICE_GATEWAY_RATE_LIMIT";
const ROUTES: &str = "BOXOFFICE_GATEWAY_RATE_LIMITS";
const BY: &str = "BOXOFFICE_GATEWAY_RATE_LIMIT_BY";

fn from(address: &str, request: Builder) -> Builder {
    request.extension(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 4711)))
}

async fn events(house: &House, address: &str) -> Answer {
    house.send(from(address, house.request("GET", "/api/v1/events")), Body::empty()).await
}

/// The limit, what remains, and the seconds until there is more, as each family of headers says.
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
    let house = House::with(&[(RATE, "100/60s")]);
    let policy = r#""default";q=100;w=60"#;
    for before in 0..100_u32 {
        let answer = events(&house, "203.0.113.1").await;
        assert_eq!(answer.status, 200);
        let remaining = 99 - before;
        let reset = 60 - before / 2;
        let limit = format!(r#""default";r={remaining};t={reset}"#);
        assert_eq!(rate_limit_headers(&answer), (limit.as_str(), policy, "100", remaining.to_string().as_str()));
        // One every half a second: the first leaves the window at 60 s, the second at 60.5 s.
        house.hand.advance(Duration::from_millis(500));
    }
    for until in (1..=10).rev() {
        let refused = events(&house, "203.0.113.1").await;
        assert_eq!(refused.problem(), (429, "too-many-requests".to_owned()));
        assert_eq!(refused.header("retry-after"), until.to_string());
        assert_eq!(rate_limit_headers(&refused), (format!(r#""default";r=0;t={until}"#).as_str(), policy, "100", "0"));
        let reset = house.hand.now().plus(Duration::from_secs(until)).seconds();
        assert_eq!(refused.header("x-ratelimit-reset"), reset.to_string());
        house.hand.advance(Duration::from_secs(1));
    }
    assert_eq!(events(&house, "203.0.113.1").await.status, 200, "those that were refused did not count");
    assert_eq!(events(&house, "203.0.113.1").await.status, 429);
    house.hand.advance(Duration::from_millis(499));
    assert_eq!(events(&house, "203.0.113.1").await.status, 429);
    house.hand.advance(Duration::from_millis(1));
    assert_eq!(events(&house, "203.0.113.1").await.status, 200);
}

#[tokio::test]
async fn without_a_setting_there_is_no_limit_and_no_header() {
    let house = House::open();
    let answer = events(&house, "203.0.113.1").await;
    assert_eq!((answer.status.as_u16(), rate_limit_headers(&answer)), (200, ("", "", "", "")));
}

#[tokio::test]
async fn each_address_has_its_own_and_an_ipv6_subscriber_has_one() {
    let house = House::with(&[(RATE, "1/60s")]);
    for (address, status) in [
        ("203.0.113.1", 200),
        ("203.0.113.1", 429),
        ("203.0.113.2", 200),
        ("::ffff:203.0.113.2", 429),
        ("2001:db8:0:1::1", 200),
        ("2001:db8:0:1:ffff::2", 429),
        ("2001:db8:0:2::1", 200),
    ] {
        assert_eq!(events(&house, address).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn whatever_is_asked_counts_but_for_health_metrics_and_documentation() {
    let house = House::with(&[(RATE, "1/60s")]);
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
        let answer = house.get(path).await;
        assert_eq!((answer.status.as_u16(), rate_limit_headers(&answer)), (200, ("", "", "", "")), "{path}");
    }
    let stranger = house.get("/nothing").await;
    assert_eq!((stranger.problem().0, stranger.header("x-ratelimit-remaining")), (401, "0"));
    for (method, path) in
        [("GET", "/nothing"), ("GET", "/healthy"), ("POST", "/oauth2/token"), ("GET", "/api/v1/events")]
    {
        let answer = house.send(house.request(method, path), Body::empty()).await;
        assert_eq!(answer.problem(), (429, "too-many-requests".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_good_token_is_counted_by_its_subject_where_a_setting_says_so() {
    let house = House::with(&[(RATE, "1/60s"), (BY, "token")]);
    let bob = format!("Bearer {}", house.issuer.token("bob", Scope::Customer.into(), HOUR));
    let ann = house.bearer();
    for (address, token, status) in [
        ("203.0.113.1", ann.as_str(), 200),
        ("203.0.113.2", &ann, 429),
        ("203.0.113.1", &bob, 200),
        ("203.0.113.1", "Bearer garbage", 401),
        ("203.0.113.1", "Bearer rubbish", 429),
        ("203.0.113.2", "Bearer rubbish", 401),
    ] {
        let request = axum::http::Request::get("/api/v1/events").header("authorization", token);
        assert_eq!(house.send(from(address, request), Body::empty()).await.status, status, "{address} {token}");
    }
}

#[tokio::test]
async fn a_route_has_its_own_limit_where_a_setting_says_so() {
    let house = House::with(&[(RATE, "2/60s"), (ROUTES, "POST /api/v1/bookings=1/10s, /api/v1/events/{id}=3/60s")]);
    let send = async |method: &str, path: &str| house.send(house.request(method, path), Body::empty()).await;
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
    house.hand.advance(Duration::from_secs(10));
    assert_eq!(send("POST", "/api/v1/bookings").await.status, 200);
    assert_eq!(send("GET", "/api/v1/bookings").await.status, 429, "another method is counted with the rest");
}

#[tokio::test]
async fn proxies_are_believed_only_when_they_are_trusted() {
    let trusting = [(RATE, "1/60s"), ("BOXOFFICE_GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8")];
    let house = House::with(&trusting);
    let send = async |house: &House, peer: &str, client: &str| {
        let request = house.request("GET", "/api/v1/events").header("x-forwarded-for", client);
        house.send(from(peer, request), Body::empty()).await.status.as_u16()
    };
    for (peer, client, status) in [
        ("10.0.0.1", "203.0.113.1", 200),
        ("10.0.0.2", "203.0.113.1", 429),
        ("10.0.0.1", "203.0.113.2", 200),
        ("10.0.0.1", "203.0.113.9, 203.0.113.2", 429),
        ("198.51.100.1", "203.0.113.3", 200),
        ("198.51.100.1", "203.0.113.4", 429),
    ] {
        assert_eq!(send(&house, peer, client).await, status, "{peer} for {client}");
    }
    let house = House::with(&trusting[..1]);
    assert_eq!(send(&house, "10.0.0.1", "203.0.113.1").await, 200);
    assert_eq!(send(&house, "10.0.0.1", "203.0.113.2").await, 429, "nobody is trusted by default");
}

#[tokio::test]
async fn what_is_no_limit_is_refused_at_start() {
    let house = House::open();
    let (clock, _) = boxoffice_clock::Clock::manual(house.hand.now());
    for (name, value, expected) in [
        (RATE, "100", "such as 100/60s"),
        (ROUTES, "POST bookings=1/1s", "such as POST /api/v1/bookings=10/60s"),
        (ROUTES, "GET /a=1/1s,GET /a=2/1s", "it has two limits"),
        (ROUTES, "/a/{x=1/1s", "cannot be routed"),
        ("BOXOFFICE_GATEWAY_TIME_LIMITS", "GET /api/v1/nothing=1s", "no service documents it"),
        ("BOXOFFICE_GATEWAY_CONCURRENCY_LIMITS", "PATCH /api/v1/events=1", "no service documents it"),
        ("BOXOFFICE_GATEWAY_CONCURRENCY_LIMITS", "/api/v1/events=0", "from 1 to 1000000"),
        (BY, "cookie", "one of address, token"),
        ("BOXOFFICE_GATEWAY_TRUSTED_PROXIES", "somebody", "invalid"),
        ("BOXOFFICE_GATEWAY_TRIES", "0", "lower than 1"),
    ] {
        let upstreams = vec![inventory(&house.issuer, &clock)];
        let refused = door(upstreams, &house.issuer, &clock, house.health.clone(), &[(name, value)]);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(expected), "{name}={value}: {refused}");
    }
}
