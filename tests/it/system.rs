//! The whole system, started as the program starts it, with an event on sale and two customers.

use std::{
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    body::Body,
    http::{Method, Request},
};
use boxoffice::{SERVICES, audit, composition};
use boxoffice_audit::Findings;
use boxoffice_runtime::telemetry::Metrics;
pub use boxoffice_testkit::{Fault, FaultInjection, TestResponse};
use boxoffice_testkit::{TestSystem, request};
use serde_json::{Value, json};
use tempfile::TempDir;

/// All services behind the gateway. Requests are made on behalf of a subject with scopes, such as
/// `("ann", "customer")`.
pub struct System(TestSystem);

impl Deref for System {
    type Target = TestSystem;

    fn deref(&self) -> &TestSystem {
        &self.0
    }
}

impl DerefMut for System {
    fn deref_mut(&mut self) -> &mut TestSystem {
        &mut self.0
    }
}

impl System {
    /// Starts the system without faults and with short delays.
    pub async fn start() -> Self {
        Self::start_with(None, &[]).await
    }

    /// Starts the system with a fault, and with settings such as `("BOXOFFICE_PAYMENTS_TIMEOUT", "100ms")`.
    pub async fn start_with(fault: Option<FaultInjection>, settings: &[(&str, &str)]) -> Self {
        let builder = TestSystem::builder(SERVICES, |system, setup| {
            composition::gateway_router(system, setup, Metrics::install())
        });
        // Short delays keep the tests short.
        let builder = builder
            .setting("BOXOFFICE_OUTBOX_FIRST_RETRY_DELAY", "30ms")
            .setting("BOXOFFICE_INVENTORY_UNCLAIMED_HOLD_LIFE", "1s")
            .setting("BOXOFFICE_PAYMENTS_TIMEOUT", "100ms")
            .setting("BOXOFFICE_PAYMENTS_SIMULATED_DELAY", "300ms")
            .settings(settings);
        let builder = match fault {
            Some(fault) => builder.fault(fault),
            None => builder,
        };
        let mut system = Self(builder.start().await);
        system.create_catalogue().await;
        system
    }

    /// Stops every service and returns the folder with the data.
    pub async fn stop(self) -> TempDir {
        self.0.stop().await
    }

    /// Creates organizer 1 with event 1, ticket type 1 at 25.50 EUR, the free type 2, and 10 seats; and the customers
    /// ann and bob.
    async fn create_catalogue(&mut self) {
        let olga = ("olga", "organizer");
        self.send_until_done(olga, Method::POST, "/api/v1/organizers", json!({"name": "Hall"})).await;
        let event = json!({"name": "Night", "startsAt": "2035-06-01T19:30:00Z", "currency": "EUR", "capacity": 10,
            "ticketTypes": [{"name": "Floor", "price": 25.50}, {"name": "Guest", "price": 0}]});
        self.send_until_done(olga, Method::POST, "/api/v1/events", event).await;
        for name in ["ann", "bob"] {
            let profile = json!({"name": name, "email": format!("{name}@example.org")});
            self.send_until_done((name, "customer"), Method::PUT, "/api/v1/users/me", profile).await;
        }
    }

    /// Sends a request until it succeeds, with one idempotency key for all attempts; restarts the system after a crash.
    pub async fn send_until_done(
        &mut self,
        who: (&str, &str),
        method: Method,
        path: &str,
        body: Value,
    ) -> TestResponse {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let key = uuid::Uuid::from_u64_pair(7, NEXT.fetch_add(1, Ordering::SeqCst)).to_string();
        for _ in 0..200 {
            let answer = self.send(who, method.clone(), path, Some(&body), &[("idempotency-key", &key)]).await;
            if !answer.status.is_server_error() {
                assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.body);
                return answer;
            }
            self.recover().await;
        }
        panic!("{method} {path} never succeeds");
    }

    /// Sends a request once.
    pub async fn send(
        &self,
        who: (&str, &str),
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> TestResponse {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send_request(request(&format!("{method} {path}"), &self.token(who), headers, &body)).await
    }

    /// Sends a request as it is.
    pub async fn send_request(&self, request: Request<Body>) -> TestResponse {
        self.0.send(request).await
    }

    /// A token that the gateway accepts.
    pub fn token(&self, (subject, scopes): (&str, &str)) -> String {
        self.0.token(subject, scopes)
    }

    /// Sends a `GET` request.
    pub async fn get(&self, who: (&str, &str), path: &str) -> TestResponse {
        self.send(who, Method::GET, path, None, &[]).await
    }

    /// The body of a booking, read by an operator.
    pub async fn booking(&self, id: &str) -> Value {
        self.get(("otto", "operator"), &format!("/api/v1/bookings/{id}")).await.body
    }

    /// The numbers of available, held and sold seats of event 1.
    pub async fn seats(&self) -> (i64, i64, i64) {
        let event = self.get(("ann", "customer"), "/api/v1/events/1").await.body;
        let count = |name: &str| event[name].as_i64().unwrap();
        (count("available"), count("held"), count("sold"))
    }

    /// Waits until no work is in progress; every audit on the way must find every rule kept. Restarts what crashes.
    pub async fn settle(&mut self) -> Findings {
        self.0
            .settle(|system| {
                let findings = audit(system.writers(), None).unwrap();
                assert!(findings.all_hold(), "{findings}");
                if findings.is_settled() { Ok(findings) } else { Err(findings.to_string()) }
            })
            .await
    }
}
