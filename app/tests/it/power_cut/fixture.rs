//! Fixture: the events on sale and the customers.

use std::collections::BTreeMap;

use reqwest::{Client, Method, header};
use serde_json::{Value, json};

use super::program::Program;

/// An event with one ticket type.
pub struct Event {
    pub id: i64,
    pub ticket_type: i64,
    pub capacity: i64,
}

/// An event with enough seats for all customers, one that sells out, and the tokens of the customers.
pub struct Fixture {
    pub client: Client,
    pub events: [Event; 2],
    pub customers: Vec<String>,
    operator: String,
}

impl Fixture {
    /// Creates the events and the customers.
    pub async fn create(program: &Program, customers: usize) -> Self {
        let client = Client::new();
        let organizer = program.token("organizer", "organizer");
        let body = json!({"name": "Power Cut"});
        let id = send(&client, program, Method::POST, "/api/v1/organizers", &organizer, &body).await["id"].clone();
        let mut events = Vec::new();
        for capacity in [1_000_000, 60] {
            let body = json!({
                "organizerId": id, "name": "Night", "startsAt": "2099-06-01T19:30:00Z", "currency": "EUR",
                "capacity": capacity, "ticketTypes": [{"name": "General", "price": 25.50}],
            });
            let event = send(&client, program, Method::POST, "/api/v1/events", &organizer, &body).await;
            let number = |value: &Value| value.as_i64().expect("an id is a number");
            events.push(Event {
                id: number(&event["id"]),
                ticket_type: number(&event["ticketTypes"][0]["id"]),
                capacity,
            });
        }
        let mut tokens = Vec::new();
        for number in 0..customers {
            let token = program.token(&format!("customer-{number}"), "customer");
            let body = json!({"name": "Customer", "email": format!("customer-{number}@example.com")});
            send(&client, program, Method::PUT, "/api/v1/users/me", &token, &body).await;
            tokens.push(token);
        }
        let operator = program.token("operator", "operator");
        let events = events.try_into().ok().expect("the loop creates two events");
        Self { client, events, customers: tokens, operator }
    }

    /// All bookings by id.
    pub async fn bookings(&self, program: &Program) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let mut next = Some("/api/v1/bookings?limit=200".to_owned());
        while let Some(path) = next {
            let response = self.get(program, &path).await;
            let link =
                response.headers().get(header::LINK).map(|link| link.to_str().expect("a link is ASCII").to_owned());
            let page: Vec<Value> = response.json().await.expect("a list is JSON");
            found.extend(
                page.into_iter()
                    .map(|booking| (booking["id"].as_str().expect("a booking has an id").to_owned(), booking)),
            );
            next = link.and_then(|link| {
                let (target, _) = link.strip_prefix('<')?.split_once(r#">; rel="next""#)?;
                Some(target.to_owned())
            });
        }
        found
    }

    /// Whether no booking is PENDING.
    pub async fn is_settled(&self, program: &Program) -> bool {
        let response = self.get(program, "/api/v1/bookings?status=PENDING&limit=1").await;
        response.json::<Vec<Value>>().await.expect("a list is JSON").is_empty()
    }

    pub async fn event(&self, program: &Program, id: i64) -> Value {
        self.get(program, &format!("/api/v1/events/{id}")).await.json().await.expect("an event is JSON")
    }

    async fn get(&self, program: &Program, path: &str) -> reqwest::Response {
        let response = self.client.get(program.url(path)).bearer_auth(&self.operator).send().await;
        response.and_then(reqwest::Response::error_for_status).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

async fn send(client: &Client, program: &Program, method: Method, path: &str, token: &str, body: &Value) -> Value {
    let response = client.request(method, program.url(path)).bearer_auth(token).json(body).send().await;
    let response = response.expect("the program runs");
    let (status, text) = (response.status(), response.text().await.expect("the program runs"));
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).expect("a response is JSON")
}
