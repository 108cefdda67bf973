//! Customers that book, and now and then cancel, until the connection is cut.

use std::sync::Arc;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    journal::{Cancellation, Journal, Outcome, Request},
    program::Program,
    shop::Shop,
};

/// How people pay, in turn.
const TOKENS: &[&str] = &[
    "tok_ok",
    "tok_ok",
    "tok_declined",
    "tok_ok",
    "tok_slow",
    "tok_ok",
    "tok_silent_then_ok",
    "tok_silent",
    "tok_ok",
    "tok_silent_then_declined",
];
/// One in so many bookings is for the event that sells out, and one in so many is cancelled.
const SCARCE: usize = 7;
const CANCELLED: usize = 11;

/// Lets every customer book one ticket after the other. Each ends when its connection is cut.
pub fn start(program: &Program, shop: &Arc<Shop>, journal: &Arc<Journal>, round: usize) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for customer in 0..shop.customers.len() {
        let (shop, journal, base) = (shop.clone(), journal.clone(), program.url(""));
        clients.spawn(async move {
            // A connection of its own, so that every customer has one request under way.
            let client = Client::new();
            for number in 0.. {
                let mut request = request(&shop, customer, round, number);
                request.outcome = send(&client, &base, &shop, &request).await.outcome();
                if number.is_multiple_of(CANCELLED) {
                    request.cancellation = cancel(&client, &base, &shop, &request).await;
                }
                let is_over =
                    matches!(request.outcome, Outcome::CutOff) || request.cancellation == Cancellation::CutOff;
                journal.note(request);
                if is_over {
                    break;
                }
            }
        });
    }
    clients
}

/// The request as it is before anything has come of it.
fn request(shop: &Shop, customer: usize, round: usize, number: usize) -> Request {
    let turn = customer + number;
    let is_scarce = turn.is_multiple_of(SCARCE);
    let ticket_type = shop.events[usize::from(is_scarce)].ticket_type;
    let lines = json!([{"ticketTypeId": ticket_type, "quantity": 1 + turn % 3}]);
    Request {
        customer,
        key: format!("round-{round}-{number}"),
        body: json!({"lines": lines, "paymentToken": TOKENS[turn % TOKENS.len()]}),
        is_scarce,
        outcome: Outcome::CutOff,
        cancellation: Cancellation::None,
    }
}

/// An answer, or that there was none.
pub struct Answer {
    status: Option<StatusCode>,
    pub text: String,
    pub was_replayed: bool,
    /// What was booked, when something was.
    pub booking: Option<Value>,
}

impl Answer {
    fn outcome(self) -> Outcome {
        match (self.status, self.booking) {
            (Some(StatusCode::CREATED), Some(booking)) => Outcome::Acknowledged(booking),
            (Some(status), _) if status.is_client_error() => Outcome::Refused(code(&self.text)),
            (None | Some(StatusCode::SERVICE_UNAVAILABLE), _) => Outcome::CutOff,
            (Some(status), _) => panic!("answered {status}: {}", self.text),
        }
    }
}

/// The code of a problem (RFC 9457); the text itself where it is none.
fn code(text: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(text).ok();
    problem.and_then(|problem| Some(problem["code"].as_str()?.to_owned())).unwrap_or_else(|| text.to_owned())
}

/// Sends a request that was cut off once more, as it was.
pub async fn repeat(program: &Program, shop: &Shop, request: &Request) -> Answer {
    let answer = send(&shop.client, &program.url(""), shop, request).await;
    let status = answer.status.expect("the program runs");
    assert!(status == StatusCode::CREATED || status.is_client_error(), "{request:?} is answered {}", answer.text);
    answer
}

async fn send(client: &Client, base: &str, shop: &Shop, request: &Request) -> Answer {
    let sent = client
        .post(format!("{base}/api/v1/bookings"))
        .bearer_auth(&shop.customers[request.customer])
        .header("Idempotency-Key", &request.key)
        .json(&request.body)
        .send()
        .await;
    read(sent).await
}

async fn cancel(client: &Client, base: &str, shop: &Shop, request: &Request) -> Cancellation {
    let Some(id) = request.booking_id() else { return Cancellation::None };
    let url = format!("{base}/api/v1/bookings/{id}/cancel");
    let sent = client.post(url).bearer_auth(&shop.customers[request.customer]).send().await;
    match read(sent).await.status {
        Some(StatusCode::OK) => Cancellation::Acknowledged,
        Some(StatusCode::CONFLICT) => Cancellation::None,
        None | Some(StatusCode::SERVICE_UNAVAILABLE) => Cancellation::CutOff,
        Some(status) => panic!("a cancellation is answered {status}"),
    }
}

/// An answer counts when all of it has arrived.
async fn read(sent: Result<reqwest::Response, reqwest::Error>) -> Answer {
    let none = Answer { status: None, text: String::new(), was_replayed: false, booking: None };
    let Ok(response) = sent else { return none };
    let status = response.status();
    let was_replayed = response.headers().contains_key("idempotency-replayed");
    let Ok(text) = response.text().await else { return none };
    let booking = if status.is_success() { serde_json::from_str(&text).ok() } else { None };
    Answer { status: Some(status), text, was_replayed, booking }
}
