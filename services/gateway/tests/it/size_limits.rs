use axum::body::Body;

use crate::harness::TestGateway;

const LIMIT: usize = 64 * 1024;

fn event(bytes: usize) -> String {
    let empty = r#"{"name":"","status":"on_sale"}"#;
    empty.replacen(r#""name":""#, &format!(r#""name":"{}"#, "x".repeat(bytes - empty.len())), 1)
}

#[tokio::test]
async fn a_body_of_64_kib_is_accepted_and_a_larger_one_refused() {
    let gateway = TestGateway::open();
    for (bytes, status) in [(LIMIT, 201), (LIMIT + 1, 413)] {
        for announced in [true, false] {
            let mut request = gateway.request("POST", "/api/v1/events").header("content-type", "application/json");
            if announced {
                request = request.header("content-length", bytes);
            }
            let answer = gateway.send(request, event(bytes)).await;
            assert_eq!(answer.status, status, "{bytes} bytes, announced: {announced}");
        }
    }
}

#[tokio::test]
async fn a_large_content_length_is_refused_before_the_body_arrives() {
    let gateway = TestGateway::open();
    let request = gateway.request("POST", "/api/v1/events").header("content-length", LIMIT + 1);
    assert_eq!(gateway.send(request, Body::empty()).await.problem(), (413, "too-large".to_owned()));
}

#[tokio::test]
async fn the_issuer_has_the_same_body_limit() {
    let gateway = TestGateway::open();
    let request = gateway.request("POST", "/oauth2/token").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(gateway.send(request, "x".repeat(LIMIT + 1)).await.status, 413);
}

#[tokio::test]
async fn urls_and_headers_are_limited_on_every_path() {
    let gateway = TestGateway::open();
    let (query, header) = ("q".repeat(8 * 1024), "h".repeat(16 * 1024));
    for path in ["/api/v1/events", "/health", "/nothing"] {
        let answer = gateway.send(gateway.request("GET", &format!("{path}?{query}")), Body::empty()).await;
        assert_eq!(answer.problem(), (414, "uri-too-long".to_owned()), "{path}");
        let answer = gateway.send(gateway.request("GET", path).header("x-large", &header), Body::empty()).await;
        assert_eq!(answer.problem(), (431, "headers-too-large".to_owned()), "{path}");
        let anonymous = axum::http::Request::get(format!("{path}?{query}"));
        assert_eq!(gateway.send(anonymous, Body::empty()).await.problem().0, 414, "{path}");
    }
}
