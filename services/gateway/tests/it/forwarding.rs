use axum::body::Body;
use serde_json::{Value, json};

use crate::harness::TestGateway;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn echo(gateway: &TestGateway, headers: &[(&str, &str)]) -> (String, Value) {
    let request = headers
        .iter()
        .fold(gateway.request("POST", "/api/v1/bookings"), |request, (name, value)| request.header(*name, *value));
    let answer = gateway.send(request, Body::empty()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (answer.header("x-request-id").to_owned(), answer.json())
}

#[tokio::test]
async fn a_request_keeps_its_id_and_trace() {
    let gateway = TestGateway::open();
    let (id, received) = echo(&gateway, &[("x-request-id", "request-7"), ("traceparent", TRACE)]).await;
    assert_eq!(id, "request-7");
    assert_eq!(
        (&received["correlation"], &received["trace"], &received["actor"]),
        (&json!("request-7"), &json!(TRACE), &json!("ann"))
    );
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let gateway = TestGateway::open();
    for invalid in ["", "two words"] {
        let (id, received) = echo(&gateway, &[("x-request-id", invalid), ("traceparent", "garbage")]).await;
        assert_eq!(id.len(), 36, "a UUID: {id}");
        assert_eq!((&received["correlation"], &received["trace"]), (&json!(id), &Value::Null));
    }
    let (one, _) = echo(&gateway, &[]).await;
    let (two, _) = echo(&gateway, &[]).await;
    assert_ne!(one, two);
}

#[tokio::test]
async fn refusals_keep_the_request_id() {
    let gateway = TestGateway::open();
    for (method, path) in [("GET", "/nothing"), ("DELETE", "/api/v1/events"), ("GET", "/docs/nothing")] {
        let request = gateway.request(method, path).header("x-request-id", "request-7");
        let answer = gateway.send(request, Body::empty()).await;
        assert_eq!(answer.header("x-request-id"), "request-7", "{method} {path}");
    }
}

#[tokio::test]
async fn hop_by_hop_headers_are_not_forwarded() {
    let gateway = TestGateway::open();
    let (_, received) = echo(
        &gateway,
        &[
            ("connection", "keep-alive, x-private"),
            ("x-private", "1"),
            ("keep-alive", "5"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("x-public", "1"),
        ],
    )
    .await;
    assert_eq!(received["headers"], json!(["authorization", "x-public"]));
}
