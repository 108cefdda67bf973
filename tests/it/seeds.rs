//! The requests of the source documents, sent unchanged through the gateway, except for the host, the token, and dates
//! that have passed.

mod case;
mod curl;
mod first;
mod orders;
mod page;
mod seats;
mod table;

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::Value;

use crate::system::{System, TestResponse};

const ANN: (&str, &str) = ("ann", "customer");
const BOB: (&str, &str) = ("bob", "customer");
const OTTO: (&str, &str) = ("otto", "operator");
const OLGA: (&str, &str) = ("olga", "organizer");

impl System {
    /// Sends a body as text, so that its numbers keep their spelling.
    async fn send_text(&self, who: (&str, &str), method: Method, path: &str, body: &str) -> TestResponse {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {}", self.token(who)));
        let request = request.header("content-type", "application/json").body(Body::from(body.to_owned()));
        self.send_request(request.unwrap()).await
    }

    async fn send_empty(&self, who: (&str, &str), method: Method, path: &str) -> TestResponse {
        self.send(who, method, path, None, &[]).await
    }
}

/// The names of the fields of an object, sorted.
fn fields(object: &Value) -> Vec<&str> {
    object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys().map(String::as_str).collect()
}

fn problem(answer: &TestResponse) -> (u16, &str) {
    let media_type = answer.headers.get("content-type").map(|value| value.to_str().unwrap());
    assert_eq!(media_type, Some("application/problem+json"), "{} {}", answer.status, answer.body);
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap())
}

fn location(answer: &TestResponse) -> &str {
    answer.headers.get("location").map_or("", |value| value.to_str().unwrap())
}
