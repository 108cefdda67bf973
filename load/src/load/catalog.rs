//! The test event of the load.

use std::time::Duration;

use anyhow::Context as _;
use boxoffice_identity::{Issuer, Scope, Scopes};
use hyper::{Method, Uri, body::Bytes, header::HeaderValue};
use serde_json::{Value, json};

use super::connection::{Connection, LoadRequest, Target};

/// Lifetime of tokens, longer than any run.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(4 * 3600);

/// Ids of the event and the ticket type that the load books.
#[derive(Clone, Copy, Debug)]
pub struct TestEvent {
    pub event: i64,
    pub ticket_type: i64,
}

/// The value of the header `Authorization` with a token of `issuer`.
pub fn bearer(issuer: &Issuer, subject: &str, scope: Scope) -> anyhow::Result<HeaderValue> {
    let token = issuer.token(subject, Scopes::from(scope), TOKEN_LIFETIME);
    HeaderValue::try_from(format!("Bearer {token}")).context("a token is visible ASCII")
}

/// Creates an organizer and an event with enough capacity for the load.
pub async fn create(target: &Target, issuer: &Issuer, capacity: u32) -> anyhow::Result<TestEvent> {
    let bearer = bearer(issuer, "load-organizer", Scope::Organizer)?;
    let mut connection = Connection::open(target).await?;
    let post = |path: &'static str, body: &Value| LoadRequest {
        method: Method::POST,
        uri: Uri::from_static(path),
        bearer: Some(bearer.clone()),
        key: None,
        body: Bytes::from(body.to_string()),
    };
    let name = format!("Load {}", target.clock.now().micros());
    let organizer = connection.json(&post("/api/v1/organizers", &json!({"name": name}))).await?;
    let event = json!({
        "organizerId": organizer["id"],
        "name": name,
        "startsAt": "2099-06-01T19:30:00Z",
        "currency": "EUR",
        "capacity": capacity,
        "ticketTypes": [{"name": "General", "price": 25.50}],
    });
    let event = connection.json(&post("/api/v1/events", &event)).await?;
    let id = |value: &Value| value.as_i64().with_context(|| format!("the response to an event was {event}"));
    Ok(TestEvent { event: id(&event["id"])?, ticket_type: id(&event["ticketTypes"][0]["id"])? })
}
