//! A fake bookings, which answers by the id of the user.

use std::sync::{Arc, OnceLock};

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use boxoffice_http::{Problem, codes};
use boxoffice_testkit::{FakeService, TestService, request, send};
use serde::Deserialize;
use serde_json::json;

/// A user with a booking that bookings finds at once.
pub const BOOKED: i64 = 2;
/// A user with a booking that bookings finds after it retired the customer.
pub const BOOKED_LATE: i64 = 3;
/// A user about whom bookings answers 503.
pub const FAILING: i64 = 4;
/// A user whose version bookings raises at each request.
pub const CHANGING: i64 = 5;

/// Bookings, which calls the users service in turn.
#[derive(Clone, Default)]
pub struct FakeBookings(Arc<OnceLock<Connection>>);

/// The router of the users service, and a token for it.
struct Connection {
    users: Router,
    token: String,
}

impl FakeBookings {
    pub fn service(&self) -> FakeService {
        let router = Router::new().route("/internal/customers/{id}/retire", post(retire));
        FakeService::with_router("bookings", router.with_state(self.clone()))
    }

    /// Lets the fake call `service`.
    pub fn connect(&self, service: &TestService) {
        let token = service.token("service:bookings", "operator");
        assert!(self.0.set(Connection { users: service.router.clone(), token }).is_ok(), "connected once");
    }

    async fn keep(&self, id: i64, version: i64) {
        let Connection { users, token } = self.0.get().unwrap();
        let body = json!({"version": version}).to_string();
        let answer = send(users.clone(), request(&format!("POST /internal/users/{id}/keep"), token, &[], &body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetireRequest {
    version: i64,
}

async fn retire(
    State(bookings): State<FakeBookings>,
    Path(id): Path<i64>,
    Json(RetireRequest { version }): Json<RetireRequest>,
) -> Response {
    match id {
        BOOKED => Json(json!({"hasBookings": true, "retired": false})).into_response(),
        BOOKED_LATE => Json(json!({"hasBookings": true, "retired": true})).into_response(),
        FAILING => Problem::new(&codes::BUSY, "not now").into_response(),
        _ => {
            if id == CHANGING {
                bookings.keep(id, version).await;
            }
            Json(json!({"hasBookings": false, "retired": true})).into_response()
        }
    }
}
