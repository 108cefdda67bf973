//! What is sold, and who buys.

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

/// One event with room for everyone and one that sells out, and customers with their tokens.
pub struct Shop {
    pub client: Client,
    pub events: [Event; 2],
    pub customers: Vec<String>,
    operator: String,
}

impl Shop {
    pub async fn open(program: &Program, customers: usize) -> Self {
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
        let events = events.try_into().ok().expect("two were made");
        Self { client, events, customers: tokens, operator }
    }

    /// Every booking that there is, by id.
    pub async fn bookings(&self, program: &Program) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let mut next = Some("/api/v1/bookings?limit=200".to_owned());
        while let Some(path) = next {
            let answer = self.get(program, &path).await;
            let link =
                answer.headers().get(header::LINK).map(|link| link.to_str().expect("a link is ASCII").to_owned());
            let page: Vec<Value> = answer.json().await.expect("a list is JSON");
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

    /// Whether no booking is under way.
    pub async fn is_settled(&self, program: &Program) -> bool {
        let answer = self.get(program, "/api/v1/bookings?status=PENDING&limit=1").await;
        answer.json::<Vec<Value>>().await.expect("a list is JSON").is_empty()
    }

    pub async fn event(&self, program: &Program, id: i64) -> Value {
        self.get(program, &format!("/api/v1/events/{id}")).await.json().await.expect("an event is JSON")
    }

    async fn get(&self, program: &Program, path: &str) -> reqwest::Response {
        let answer = self.client.get(program.url(path)).bearer_auth(&self.operator).send().await;
        answer.and_then(reqwest::Response::error_for_status).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

async fn send(client: &Client, program: &Program, method: Method, path: &str, token: &str, body: &Value) -> Value {
    let answer = client.request(method, program.url(path)).bearer_auth(token).json(body).send().await;
    let answer = answer.expect("the program runs");
    let (status, text) = (answer.status(), answer.text().await.expect("the program runs"));
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).expect("an answer is JSON")
}
