//! What is sold: one event of one organizer.

use std::time::Duration;

use anyhow::Context as _;
use boxoffice_identity::{Issuer, Scope, Scopes};
use hyper::{Method, Uri, body::Bytes, header::HeaderValue};
use serde_json::{Value, json};

use super::connection::{Ask, Connection, Target};

/// How long all tokens are good: longer than any run.
pub const TOKEN_LIFE: Duration = Duration::from_secs(4 * 3600);

/// What is sold.
#[derive(Clone, Copy, Debug)]
pub struct TestEvent {
    pub event: i64,
    pub ticket_type: i64,
}

/// A header with a token of `issuer`.
pub fn bearer(issuer: &Issuer, subject: &str, scope: Scope) -> anyhow::Result<HeaderValue> {
    let token = issuer.token(subject, Scopes::from(scope), TOKEN_LIFE);
    HeaderValue::try_from(format!("Bearer {token}")).context("a token is visible ASCII")
}

/// Opens an organizer and an event with room for everyone.
pub async fn open(target: &Target, issuer: &Issuer, capacity: u32) -> anyhow::Result<TestEvent> {
    let bearer = bearer(issuer, "load-organizer", Scope::Organizer)?;
    let mut connection = Connection::open(target).await?;
    let post = |path: &'static str, body: &Value| Ask {
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
    let id = |value: &Value| value.as_i64().with_context(|| format!("an event was answered as {event}"));
    Ok(TestEvent { event: id(&event["id"])?, ticket_type: id(&event["ticketTypes"][0]["id"])? })
}
