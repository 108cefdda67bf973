//! A system with resources of every kind, request builders, and checks of every response.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, Request},
};
use boxoffice::SERVICES;
use boxoffice_http::codes;
use serde_json::{Value, json};

use super::openapi::Operation;
use crate::{
    journeys::{ANN, two},
    system::{System, TestResponse},
};

pub const BOB: (&str, &str) = ("bob", "customer");
pub const OLGA: (&str, &str) = ("olga", "organizer");
pub const OTTO: (&str, &str) = ("otto", "operator");
/// A user with a profile, an organizer and every scope.
pub const ALL: (&str, &str) = ("olga", "customer organizer operator");

/// A system in which every service has a resource of ann.
pub struct Fixture {
    pub system: System,
    /// Confirmed; also the id of its order.
    pub booking: String,
    pub hold: String,
    pub notification: String,
}

impl Fixture {
    pub async fn open() -> Self {
        let mut system = System::start().await;
        // Enough for whatever is booked fixture.
        system.send_until_done(OLGA, Method::PUT, "/api/v1/events/1/capacity", json!({"capacity": 100_000})).await;
        let olga = json!({"name": "olga", "email": "olga@example.org"});
        system.send_until_done(("olga", "customer"), Method::PUT, "/api/v1/users/me", olga).await;
        let hall = json!({"name": "Hall", "totalCapacity": 5000});
        system.send_until_done(OLGA, Method::POST, "/api/v1/venues", hall).await;
        let hold = system.send_until_done(ANN, Method::POST, "/api/v1/holds", json!({"lines": [line(1, 3)]})).await;
        let booking = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two("tok_ok")).await;
        system.settle().await;
        let notifications = system.get(ANN, "/api/v1/notifications").await;
        let (booking, hold, notification) = (id(&booking.body), id(&hold.body), id(&notifications.body[0]));
        Self { system, booking, hold, notification }
    }

    /// The path of an operation on an existing resource.
    pub fn path(&self, operation: &Operation) -> String {
        let of_id = || match operation.path.split('/').nth(3) {
            Some("holds") => self.hold.clone(),
            Some("notifications") => self.notification.clone(),
            // An unknown id of the form that pauses have.
            Some("bookings" | "orders" | "pauses") => self.booking.clone(),
            _ => "1".to_owned(),
        };
        operation.filled(|name| match name {
            "id" => of_id(),
            "subject" => "anna".to_owned(),
            "service" => "orders".to_owned(),
            "source" => "inventory".to_owned(),
            "position" => "42".to_owned(),
            other => panic!("{}: what is {other}?", operation.name()),
        })
    }

    /// The contents of all lists. Tests compare them to prove that a request changed nothing.
    pub async fn contents(&self) -> Vec<Value> {
        let mut contents = Vec::new();
        for list in
            ["events", "organizers", "venues", "users", "holds", "bookings", "orders", "payments", "notifications"]
        {
            let answer = self.system.get(OTTO, &format!("/api/v1/{list}?limit=200")).await;
            assert_eq!(answer.status, 200, "{list}: {}", answer.body);
            contents.push(answer.body);
        }
        contents
    }
}

pub fn line(kind: i64, quantity: i64) -> Value {
    json!({"ticketTypeId": kind, "quantity": quantity})
}

pub fn id(of: &Value) -> String {
    of["id"].as_str().unwrap_or_else(|| panic!("no id in {of}")).to_owned()
}

/// A request to an operation with any body.
pub fn request(token: Option<&str>, operation: &Operation, path: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(operation.method.clone()).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if operation.body.is_some() {
        request = request.header("content-type", "application/json");
    }
    request.body(body.into()).unwrap()
}

/// Why `answer` is not a refusal with a complete problem (RFC 9457) and a known code; `None` if it is.
pub fn problem(answer: &TestResponse, what: &str) -> Option<String> {
    let (status, body) = (answer.status.as_u16(), &answer.body);
    if !(400..500).contains(&status) {
        return Some(format!("{what}: {status} {body}"));
    }
    let known: BTreeSet<(&str, u16)> = codes::ALL
        .iter()
        .chain(boxoffice_gateway::CODES)
        .chain(SERVICES.iter().flat_map(|service| service.codes))
        .map(|code| (code.code, code.status))
        .collect();
    let media_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    let code = body["code"].as_str().unwrap_or_default();
    let is_complete = media_type == Some("application/problem+json")
        && body["type"] == format!("/docs/errors#{code}")
        && body["status"] == status
        && known.contains(&(code, status))
        && ["title", "detail"].iter().all(|name| body[name].as_str().is_some_and(|text| !text.is_empty()));
    (!is_complete).then(|| format!("{what}: an incomplete problem: {status} {media_type:?} {body}"))
}

/// Fails with the list of all violations.
pub fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violations:\n  {}\n", violations.len(), violations.join("\n  "));
}
