//! Clients that book, and sometimes cancel, until their connection fails.

use std::sync::Arc;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    fixture::Fixture,
    journal::{Cancellation, Journal, Outcome, Request},
    program::Program,
};

/// Payment tokens, used in turn.
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
/// One of this many bookings is for the event that sells out.
const SCARCE: usize = 7;
/// One of this many bookings is cancelled.
const CANCELLED: usize = 11;

/// Starts a task for each customer, which books one ticket after the other until its connection fails.
pub fn start(program: &Program, fixture: &Arc<Fixture>, journal: &Arc<Journal>, round: usize) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for customer in 0..fixture.customers.len() {
        let (fixture, journal, base) = (fixture.clone(), journal.clone(), program.url(""));
        clients.spawn(async move {
            // One client for each customer, so that each has its own connection.
            let client = Client::new();
            for number in 0.. {
                let mut request = request(&fixture, customer, round, number);
                request.outcome = send(&client, &base, &fixture, &request).await.outcome();
                if number.is_multiple_of(CANCELLED) {
                    request.cancellation = cancel(&client, &base, &fixture, &request).await;
                }
                let is_over =
                    matches!(request.outcome, Outcome::CutOff) || request.cancellation == Cancellation::CutOff;
                journal.record(request);
                if is_over {
                    break;
                }
            }
        });
    }
    clients
}

/// The request before it is sent.
fn request(fixture: &Fixture, customer: usize, round: usize, number: usize) -> Request {
    let turn = customer + number;
    let is_scarce = turn.is_multiple_of(SCARCE);
    let ticket_type = fixture.events[usize::from(is_scarce)].ticket_type;
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

/// A response, or none.
pub struct Response {
    status: Option<StatusCode>,
    pub text: String,
    pub was_replayed: bool,
    /// The booking of a 2xx response.
    pub booking: Option<Value>,
}

impl Response {
    fn outcome(self) -> Outcome {
        match (self.status, self.booking) {
            (Some(StatusCode::CREATED), Some(booking)) => Outcome::Acknowledged(booking),
            (Some(status), _) if status.is_client_error() => Outcome::Refused(code(&self.text)),
            (None | Some(StatusCode::SERVICE_UNAVAILABLE), _) => Outcome::CutOff,
            (Some(status), _) => panic!("unexpected response: {status} {}", self.text),
        }
    }
}

/// The code of a problem (RFC 9457), or the whole text if it is no problem.
fn code(text: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(text).ok();
    problem.and_then(|problem| Some(problem["code"].as_str()?.to_owned())).unwrap_or_else(|| text.to_owned())
}

/// Sends an interrupted request again, unchanged.
pub async fn repeat(program: &Program, fixture: &Fixture, request: &Request) -> Response {
    let response = send(&fixture.client, &program.url(""), fixture, request).await;
    let status = response.status.expect("the program runs");
    assert!(
        status == StatusCode::CREATED || status.is_client_error(),
        "unexpected response to {request:?}: {}",
        response.text
    );
    response
}

async fn send(client: &Client, base: &str, fixture: &Fixture, request: &Request) -> Response {
    let sent = client
        .post(format!("{base}/api/v1/bookings"))
        .bearer_auth(&fixture.customers[request.customer])
        .header("Idempotency-Key", &request.key)
        .json(&request.body)
        .send()
        .await;
    read(sent).await
}

async fn cancel(client: &Client, base: &str, fixture: &Fixture, request: &Request) -> Cancellation {
    let Some(id) = request.booking_id() else { return Cancellation::None };
    let url = format!("{base}/api/v1/bookings/{id}/cancel");
    let sent = client.post(url).bearer_auth(&fixture.customers[request.customer]).send().await;
    match read(sent).await.status {
        Some(StatusCode::OK) => Cancellation::Acknowledged,
        Some(StatusCode::CONFLICT) => Cancellation::None,
        None | Some(StatusCode::SERVICE_UNAVAILABLE) => Cancellation::CutOff,
        Some(status) => panic!("unexpected response to a cancellation: {status}"),
    }
}

/// Reads a response. An incomplete one counts as none.
async fn read(sent: Result<reqwest::Response, reqwest::Error>) -> Response {
    let none = Response { status: None, text: String::new(), was_replayed: false, booking: None };
    let Ok(response) = sent else { return none };
    let status = response.status();
    let was_replayed = response.headers().contains_key("idempotency-replayed");
    let Ok(text) = response.text().await else { return none };
    let booking = if status.is_success() { serde_json::from_str(&text).ok() } else { None };
    Response { status: Some(status), text, was_replayed, booking }
}
