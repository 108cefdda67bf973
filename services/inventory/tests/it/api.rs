//! The HTTP door: good input, bad input, and who may do what.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_http::{Middleware, ServiceClients};
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_runtime::Parts;
use boxoffice_settings::Settings;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::TestInventory;

pub struct Door {
    pub inventory: TestInventory,
    issuer: Issuer,
    router: Router,
    _keys: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The fields that a refusal names.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }
}

impl Door {
    pub async fn open() -> Self {
        let inventory = TestInventory::with_capacity(10).await;
        let keys = tempfile::tempdir().unwrap();
        let clock = inventory.writer.clock().clone();
        let issuer = Issuer::open(keys.path(), "http://localhost:8080", clock.clone(), Entropy::seeded(2)).unwrap();
        let parts = Parts {
            writer: inventory.writer.clone(),
            clock: clock.clone(),
            entropy: Entropy::seeded(3),
            settings: Settings::default(),
            clients: ServiceClients::new(Clock::system()),
            credential: issuer.credential("inventory"),
            verifier: issuer.verifier(),
            folder: keys.path().to_owned(),
        };
        let (router, _) = (boxoffice_inventory::service().assemble)(parts).unwrap().api.split_for_parts();
        let middleware = Middleware {
            service: "inventory",
            clock,
            entropy: Entropy::seeded(4),
            verifier: issuer.verifier(),
            time_limit: boxoffice_http::middleware::TIME_LIMIT,
        };
        Self { router: middleware.wrap(router), inventory, issuer, _keys: keys }
    }

    pub async fn send(&self, who: (&str, &str), method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send_with(who, method, path, body, None).await
    }

    pub async fn send_with(
        &self,
        (subject, scopes): (&str, &str),
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> Answer {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.send_headed((subject, scopes), method, path, body, &headers).await
    }

    pub async fn send_headed(
        &self,
        (subject, scopes): (&str, &str),
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let scopes: Scopes = scopes.parse().unwrap();
        let token = self.issuer.token(subject, scopes, std::time::Duration::from_secs(60));
        let mut request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

pub const OLGA: (&str, &str) = ("olga", "organizer");
pub const ANN: (&str, &str) = ("ann", "customer");

fn night() -> Value {
    json!({"name": "Night", "startsAt": "2031-06-01T19:30:00Z", "currency": "EUR", "capacity": 5,
        "ticketTypes": [{"name": "Floor", "price": 25.50}, {"name": "Balcony", "price": 10}]})
}

#[tokio::test]
async fn an_event_is_complete_right_after_it_is_made() {
    let door = Door::open().await;
    let made = door.send_with(OLGA, Method::POST, "/api/v1/events", Some(night()), Some("k1")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let place = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(door.send(ANN, Method::GET, &place, None).await.body, made.body);
    assert_eq!((&made.body["available"], &made.body["capacity"]), (&json!(5), &json!(5)));
    assert_eq!(made.body["ticketTypes"][0]["price"].to_string(), "25.5", "as serde_json shows 25.50");

    let again = door.send_with(OLGA, Method::POST, "/api/v1/events", Some(night()), Some("k1")).await;
    assert_eq!((again.status, &again.body), (StatusCode::CREATED, &made.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let mut other = night();
    other["capacity"] = 6.into();
    let reused = door.send_with(OLGA, Method::POST, "/api/v1/events", Some(other), Some("k1")).await;
    assert_eq!((reused.status, &reused.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key-reused")));
    assert_eq!(door.send(ANN, Method::GET, "/api/v1/events", None).await.body.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn bad_events_are_refused_by_field_and_change_nothing() {
    let door = Door::open().await;
    let refused: &[(&str, Value, &str)] = &[
        ("name", json!(""), "name"),
        ("name", json!("x".repeat(201)), "name"),
        ("name", json!(7), "name"),
        ("startsAt", json!("2020-01-01T00:00:00Z"), "startsAt"),
        ("startsAt", json!("tomorrow"), "startsAt"),
        ("currency", json!("XXX"), "currency"),
        ("capacity", json!(0), "capacity"),
        ("capacity", json!(1_000_000_001), "capacity"),
        ("capacity", json!(1.5), "capacity"),
        ("timeZone", json!("a b"), "timeZone"),
        ("ticketTypes", json!([{"name": "Floor", "price": -1}]), "ticketTypes[0].price"),
        ("ticketTypes", json!([{"name": "Floor", "price": 0.001}]), "ticketTypes[0].price"),
        ("ticketTypes", json!([{"name": "Floor", "price": 1_000_000_000.01}]), "ticketTypes[0].price"),
        ("ticketTypes", json!([{"name": "Floor"}]), "ticketTypes[0].price"),
        ("title", json!("unknown"), "title"),
    ];
    for (field, value, named) in refused {
        let mut body = night();
        body[*field] = value.clone();
        let answer = door.send(OLGA, Method::POST, "/api/v1/events", Some(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}={value}: {}", answer.body);
        assert_eq!(answer.fields(), [*named], "{field}={value}");
    }
    assert_eq!(door.send(ANN, Method::GET, "/api/v1/events", None).await.body.as_array().unwrap().len(), 1);
}

/// Who does what where with which body, and the status of the answer.
type Row<'a> = ((&'a str, &'a str), &'a Method, &'a str, Value, u16);

#[tokio::test]
async fn the_catalogue_belongs_to_its_organizer() {
    let door = Door::open().await;
    let (post, put) = (Method::POST, Method::PUT);
    let mallory = ("mallory", "organizer");
    let table: &[Row<'_>] = &[
        (ANN, &post, "/api/v1/organizers", json!({"name": "Mine"}), 403),
        (ANN, &post, "/api/v1/events", night(), 403),
        (
            mallory,
            &post,
            "/api/v1/events",
            json!({"organizerId": 1, "name": "N", "startsAt": "2031-06-01T19:30:00Z",
            "currency": "EUR", "capacity": 5}),
            403,
        ),
        (mallory, &post, "/api/v1/events", night(), 403),
        (mallory, &put, "/api/v1/events/1/capacity", json!({"capacity": 7}), 403),
        (mallory, &post, "/api/v1/events/1/ticket-types", json!({"name": "VIP", "price": 1}), 403),
        (mallory, &put, "/api/v1/organizers/1/members/mallory", json!({}), 403),
        (OLGA, &put, "/api/v1/events/2/capacity", json!({"capacity": 7}), 404),
        (OLGA, &put, "/api/v1/events/x/capacity", json!({"capacity": 7}), 400),
        (OLGA, &post, "/api/v1/organizers", json!({"name": "Hall"}), 409),
        (OLGA, &put, "/api/v1/events/1/capacity", json!({"capacity": 7}), 200),
        (("otto", "operator"), &put, "/api/v1/events/1/capacity", json!({"capacity": 8}), 200),
    ];
    for (who, method, path, body, status) in table {
        let answer = door.send(*who, (*method).clone(), path, Some(body.clone())).await;
        assert_eq!(answer.status.as_u16(), *status, "{who:?} {method} {path}: {}", answer.body);
    }
    let joined = door.send(OLGA, Method::PUT, "/api/v1/organizers/1/members/mallory", None).await;
    assert_eq!(joined.status, StatusCode::NO_CONTENT);
    let set = door.send(mallory, Method::PUT, "/api/v1/events/1/capacity", Some(json!({"capacity": 9}))).await;
    assert_eq!(set.body["capacity"], 9);
}

#[tokio::test]
async fn a_hold_is_its_owners() {
    let door = Door::open().await;
    let lines = json!({"lines": [{"ticketTypeId": 1, "quantity": 2}]});
    let taken = door.send(ANN, Method::POST, "/api/v1/holds", Some(lines.clone())).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.body);
    assert_eq!((&taken.body["status"], taken.body["total"].to_string().as_str()), (&json!("held"), "51.0"));
    let place = taken.headers["location"].to_str().unwrap();
    let bob = ("bob", "customer");
    assert_eq!(door.send(bob, Method::GET, place, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(door.send(bob, Method::DELETE, place, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(door.send(bob, Method::GET, "/api/v1/holds", None).await.body, json!([]));
    assert_eq!(door.send(ANN, Method::DELETE, place, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(door.send(ANN, Method::DELETE, place, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(door.inventory.taken().await, (0, 0));

    let too_many = json!({"lines": [{"ticketTypeId": 1, "quantity": 11}]});
    let refused = door.send(ANN, Method::POST, "/api/v1/holds", Some(too_many)).await;
    assert_eq!((refused.status, &refused.body["code"]), (StatusCode::CONFLICT, &json!("sold-out")));
    let bad: &[(Value, &str)] = &[
        (json!({"lines": []}), "lines"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 0}]}), "lines[0].quantity"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 101}]}), "lines[0].quantity"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 99999999999_i64}]}), "lines[0].quantity"),
        (json!({"lines": [{"ticketTypeId": -1, "quantity": 1}]}), "lines[0].ticketTypeId"),
        (json!({"lines": [{"quantity": 1}]}), "lines[0].ticketTypeId"),
        (json!({"lines": [{"ticketTypeId": 1, "quantity": 1, "seat": "A1"}]}), "lines[0].seat"),
    ];
    for (body, field) in bad {
        let answer = door.send(ANN, Method::POST, "/api/v1/holds", Some(body.clone())).await;
        assert_eq!((answer.status, answer.fields()), (StatusCode::BAD_REQUEST, vec![*field]), "{body}");
    }
    let unknown = json!({"lines": [{"ticketTypeId": 77, "quantity": 1}]});
    assert_eq!(door.send(ANN, Method::POST, "/api/v1/holds", Some(unknown)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(door.inventory.taken().await, (0, 0), "what is refused takes nothing");
}

#[tokio::test]
async fn neighbors_need_their_own_credential() {
    let door = Door::open().await;
    let hold = json!({"id": "00000000-0000-0000-0000-000000000009", "owner": "ann",
        "lines": [{"ticketTypeId": 1, "quantity": 1}]});
    assert_eq!(door.send(ANN, Method::POST, "/internal/holds", Some(hold.clone())).await.status, StatusCode::FORBIDDEN);
    let service = ("service:bookings", "operator");
    let taken = door.send(service, Method::POST, "/internal/holds", Some(hold)).await;
    assert_eq!((taken.status, &taken.body["organizerId"]), (StatusCode::OK, &json!(1)), "{}", taken.body);
    assert_eq!(taken.body["lines"][0]["unitPriceMinor"], 2550);
    let quote = json!({"lines": [{"eventId": 1, "quantity": 3}]});
    let quoted = door.send(service, Method::POST, "/internal/quotes", Some(quote)).await;
    assert_eq!((&quoted.body["currency"], &quoted.body["lines"][0]["quantity"]), (&json!("EUR"), &json!(3)));
    for (subject, status) in [("olga", StatusCode::NO_CONTENT), ("bob", StatusCode::FORBIDDEN)] {
        let path = format!("/internal/organizers/of-event/1?subject={subject}");
        assert_eq!(door.send(service, Method::GET, &path, None).await.status, status);
    }
}
