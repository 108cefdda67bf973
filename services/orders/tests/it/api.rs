//! The HTTP API of a test service, with fakes of the other services.

use std::time::Duration;

use boxoffice_clock::Stopwatch;
use boxoffice_contracts::BookingId;
use boxoffice_orders::store::Order;
use boxoffice_testkit::TestResponse;
pub use boxoffice_testkit::eventually;
use tokio::task::JoinHandle;

use crate::{clients::FakeServices, harness::TestOrders};

/// Orders with fakes of the services that it calls.
pub struct TestApi {
    pub orders: TestOrders,
    pub fakes: FakeServices,
}

impl TestApi {
    pub fn new() -> Self {
        let fakes = FakeServices::new();
        Self { orders: TestOrders::with_fakes(&fakes.all()), fakes }
    }

    /// Starts orders while no other service runs.
    pub fn without_services() -> Self {
        Self { orders: TestOrders::new(), fakes: FakeServices::new() }
    }

    /// A token of `subject`; `opal` is an operator, everyone else a customer.
    pub fn token(&self, subject: &str) -> String {
        self.orders.token(subject, if subject == "opal" { "operator" } else { "customer" })
    }

    /// Sends a request with a body, if any, as `subject`.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        subject: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> TestResponse {
        self.orders.send_with(&format!("{method} {path}"), &self.token(subject), headers, body).await
    }

    pub async fn get(&self, path: &str, subject: &str) -> TestResponse {
        self.send("GET", path, subject, &[], "").await
    }

    pub async fn post(&self, subject: &str, headers: &[(&str, &str)], body: &str) -> TestResponse {
        self.send("POST", "/api/v1/orders", subject, headers, body).await
    }

    /// An order of one ticket, by `subject`.
    pub async fn order(&self, subject: &str) -> BookingId {
        let reply = self.post(subject, &[], ONE_TICKET).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.id()
    }

    /// Advances the clock by `span` until `request` has a response. A request may start to wait after the clock was
    /// advanced and then needs another step, but fewer than those that reach the time limit of all requests.
    pub async fn advance_until_answered(&self, span: Duration, request: &JoinHandle<TestResponse>) {
        for _ in 0..15 {
            self.orders.clock.advance(span);
            let watch = Stopwatch::start();
            while !request.is_finished() && watch.elapsed() < Duration::from_secs(1) {
                tokio::task::yield_now().await;
            }
            if request.is_finished() {
                return;
            }
        }
    }

    /// Number of stored orders.
    pub async fn count(&self) -> usize {
        self.orders.rows::<Order>().await.len()
    }
}

pub const ONE_TICKET: &str = r#"{"lines": [{"ticketTypeId": 2, "quantity": 1}]}"#;

/// Reads parts of responses.
pub trait OrderResponse {
    /// The id of the order in the body.
    fn id(&self) -> BookingId;

    /// The first invalid field.
    fn field(&self) -> &str;

    /// The texts at `key` of each item of a list.
    fn each(&self, key: &str) -> Vec<&str>;
}

impl OrderResponse for TestResponse {
    fn id(&self) -> BookingId {
        self.body["id"].as_str().unwrap().parse().unwrap()
    }

    fn field(&self) -> &str {
        self.fields().first().copied().unwrap_or("no field")
    }

    fn each(&self, key: &str) -> Vec<&str> {
        self.body.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
    }
}
