use axum::body::Body;
use serde_json::{Value, json};

use crate::house::House;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn echo(house: &House, headers: &[(&str, &str)]) -> (String, Value) {
    let request = headers
        .iter()
        .fold(house.request("POST", "/api/v1/bookings"), |request, (name, value)| request.header(*name, *value));
    let answer = house.send(request, Body::empty()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (answer.header("x-request-id").to_owned(), answer.json())
}

#[tokio::test]
async fn a_request_keeps_its_id_and_trace() {
    let house = House::open();
    let (id, seen) = echo(&house, &[("x-request-id", "request-7"), ("traceparent", TRACE)]).await;
    assert_eq!(id, "request-7");
    assert_eq!(
        (&seen["correlation"], &seen["trace"], &seen["actor"]),
        (&json!("request-7"), &json!(TRACE), &json!("ann"))
    );
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let house = House::open();
    for unfit in ["", "two words"] {
        let (id, seen) = echo(&house, &[("x-request-id", unfit), ("traceparent", "garbage")]).await;
        assert_eq!(id.len(), 36, "a UUID: {id}");
        assert_eq!((&seen["correlation"], &seen["trace"]), (&json!(id), &Value::Null));
    }
    let (one, _) = echo(&house, &[]).await;
    let (two, _) = echo(&house, &[]).await;
    assert_ne!(one, two);
}

#[tokio::test]
async fn refusals_keep_the_id_too() {
    let house = House::open();
    for (method, path) in [("GET", "/nothing"), ("DELETE", "/api/v1/events"), ("GET", "/docs/nothing")] {
        let request = house.request(method, path).header("x-request-id", "request-7");
        let answer = house.send(request, Body::empty()).await;
        assert_eq!(answer.header("x-request-id"), "request-7", "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_for_the_door_alone_goes_no_further() {
    let house = House::open();
    let (_, seen) = echo(
        &house,
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
    assert_eq!(seen["headers"], json!(["authorization", "x-public"]));
}
