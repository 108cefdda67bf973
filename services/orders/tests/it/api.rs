//! The HTTP API of a test service, with fakes of the other services.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use boxoffice_clock::{Clock, ManualClock, Stopwatch, Timestamp};
use boxoffice_contracts::BookingId;
use boxoffice_http::{Middleware, ServiceClients};
use boxoffice_identity::{Issuer, Scope, Scopes};
use boxoffice_orders::service;
use boxoffice_runtime::Parts;
use boxoffice_settings::Settings;
use serde_json::Value;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::{clients::FakeServices, service::TestOrders};

/// Orders with its HTTP API and a manual clock.
pub struct TestApi {
    pub orders: TestOrders,
    pub fakes: FakeServices,
    pub hand: ManualClock,
    pub document: utoipa::openapi::OpenApi,
    router: Router,
    issuer: Issuer,
}

/// An HTTP response, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl TestApi {
    /// A service with fakes of all other services.
    pub fn new() -> Self {
        Self::with_clients(FakeServices::register)
    }

    /// A service with the fakes that `register` registers.
    pub fn with_clients(register: impl FnOnce(&ServiceClients) -> FakeServices) -> Self {
        let (clock, hand) = Clock::manual(Timestamp::from_micros(1_900_000_000_000_000));
        let orders = TestOrders::with(clock.clone());
        let folder = orders.folder.path().to_owned();
        let issuer =
            Issuer::open(&folder.join("issuer"), "http://localhost", clock.clone(), orders.entropy.clone()).unwrap();
        let clients = ServiceClients::new(clock.clone());
        let fakes = register(&clients);
        let assembled = (service().assemble)(Parts {
            writer: orders.writer.clone(),
            clock: clock.clone(),
            entropy: orders.entropy.clone(),
            settings: Settings::default(),
            clients,
            credential: issuer.credential("orders"),
            verifier: issuer.verifier(),
            folder,
        })
        .unwrap();
        let middleware = Middleware {
            service: "orders",
            clock,
            entropy: orders.entropy.clone(),
            verifier: issuer.verifier(),
            time_limit: Duration::from_secs(60),
        };
        let (router, mut document) = assembled.api.split_for_parts();
        boxoffice_http::openapi::complete_document(&mut document);
        Self { orders, fakes, hand, document, router: middleware.wrap(router), issuer }
    }

    /// A token of `subject`; `opal` is an operator, everyone else a customer.
    pub fn token(&self, subject: &str) -> String {
        let scopes: Scopes = if subject == "opal" { Scope::Operator.into() } else { Scope::Customer.into() };
        self.issuer.token(subject, scopes, Duration::from_secs(3600))
    }

    /// A token without the scopes of customers and operators.
    pub fn token_without_scope(&self) -> String {
        self.issuer.token("ann", Scope::Organizer.into(), Duration::from_secs(3600))
    }

    /// Sends a request with a body, if any, as `subject`.
    pub async fn send(&self, method: &str, path: &str, subject: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("authorization", format!("Bearer {}", self.token(subject)));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        self.answer(request.body(body.to_owned().into()).unwrap()).await
    }

    pub async fn answer(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 1_000_000).await.unwrap().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status: head.status, headers: head.headers, text, body }
    }

    pub async fn get(&self, path: &str, subject: &str) -> Reply {
        self.send("GET", path, subject, &[], "").await
    }

    pub async fn post(&self, subject: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send("POST", "/api/v1/orders", subject, headers, body).await
    }

    /// An order of one ticket, by `subject`.
    pub async fn order(&self, subject: &str) -> BookingId {
        let reply = self.post(subject, &[], ONE_TICKET).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.id()
    }

    /// Moves the clock by `span` until `request` is answered. A request may begin to wait after the clock has moved: then
    /// it takes another move, but not so many that the time limit of all requests is reached.
    pub async fn let_pass(&self, span: Duration, request: &JoinHandle<Reply>) {
        for _ in 0..15 {
            self.hand.advance(span);
            let watch = Stopwatch::start();
            while !request.is_finished() && watch.elapsed() < Duration::from_secs(1) {
                tokio::task::yield_now().await;
            }
            if request.is_finished() {
                return;
            }
        }
    }

    /// The number of stored orders.
    pub async fn count(&self) -> usize {
        let orders = self.orders.writer.database().select::<boxoffice_orders::store::Order>("", Vec::new());
        orders.await.unwrap().len()
    }
}

pub const ONE_TICKET: &str = r#"{"lines": [{"ticketTypeId": 2, "quantity": 1}]}"#;

impl Reply {
    pub fn id(&self) -> BookingId {
        self.body["id"].as_str().unwrap().parse().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and the code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or("no code"))
    }

    /// The first invalid field.
    pub fn field(&self) -> &str {
        self.body["errors"][0]["field"].as_str().unwrap_or("no field")
    }

    /// The texts at `key` of each item of a list.
    pub fn each(&self, key: &str) -> Vec<&str> {
        self.body.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
    }
}

/// Waits until `holds` returns true; fails after 20 seconds of real time.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let watch = Stopwatch::start();
    while !holds() {
        assert!(watch.elapsed() < Duration::from_secs(20), "waited too long: {what}");
        tokio::task::yield_now().await;
    }
}
