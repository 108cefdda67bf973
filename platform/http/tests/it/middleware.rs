//! The middleware of every request.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;
use tower::ServiceExt;

use crate::app::{App, read};

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let app = App::start();
    let (status, headers, problem) = app.get("/nowhere").await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not-found")));
    assert_eq!(headers["x-request-id"].len(), 36);
    let (status, headers, problem) = app.send(Request::delete("/orders").body(Body::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), &problem["code"]), (405, &json!("method-not-allowed")));
    assert_eq!(headers["allow"], "POST,GET,HEAD");
}

#[tokio::test]
async fn a_request_head_beyond_the_limits_is_refused() {
    let app = App::start();
    let (status, _, problem) = app.get(&format!("/search?{}", "a".repeat(8192))).await;
    assert_eq!((status.as_u16(), &problem["code"]), (414, &json!("uri-too-long")));
    let request = Request::get("/wait").header("x-much", "m".repeat(16 * 1024));
    let (status, headers, problem) = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), &problem["code"]), (431, &json!("headers-too-large")));
    assert!(headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn a_panic_is_answered_with_500_and_the_next_request_succeeds() {
    let app = App::start();
    let (status, headers, problem) = app.get("/panic").await;
    assert_eq!((status.as_u16(), &problem["code"]), (500, &json!("internal")));
    assert!(headers.contains_key("x-request-id") && !problem.to_string().contains("purpose"));
    assert!(app.get("/wait").await.0.is_success());
}

#[tokio::test]
async fn a_request_beyond_the_time_limit_is_answered_with_504() {
    let app = App::start();
    let request = Request::get("/silent").body(Body::empty()).unwrap();
    let silent = tokio::spawn(app.router.clone().oneshot(request));
    let moved = async {
        loop {
            // The request may begin to wait after the first advance of the clock.
            app.time.advance(Duration::from_secs(60));
            tokio::task::yield_now().await;
        }
    };
    let response = tokio::select! { response = silent => response.unwrap().unwrap(), () = moved => unreachable!() };
    let (status, _, problem) = read(response).await;
    assert_eq!((status.as_u16(), &problem["code"]), (504, &json!("timeout")));
}

#[tokio::test]
async fn only_a_well_formed_trace_reaches_the_origin() {
    let app = App::start();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let order = r#"{"lines":[{"quantity":2,"ticketTypeId":"0190a0a0-0000-7000-8000-000000000001"}]}"#;
    for (sent, kept) in [(trace, json!(trace)), ("00-1-1-01", json!(null))] {
        let request = Request::post("/orders")
            .header("authorization", app.bearer("ann", boxoffice_identity::Scope::Customer))
            .header("content-type", "application/json")
            .header("traceparent", sent);
        let (_, _, answer) = app.send(request.body(order.into()).unwrap()).await;
        assert_eq!(answer["trace"], kept);
    }
}
