//! Calls from one service to another.

use std::time::Duration;

use axum::{Json, Router, http::StatusCode, routing::get};
use boxoffice_clock::Entropy;
use boxoffice_envelope::Origin;
use boxoffice_http::{
    ClientError, Middleware, Problem, ServiceClients, codes,
    extract::{Caller, Path},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::App;

fn inventory(app: &App) -> Router {
    let framed = Router::new()
        .route("/who", get(async |caller: Caller| who(&caller)).post(echo))
        .route("/holds/{id}", get(async |Path(_): Path<Uuid>| Problem::new(&codes::NOT_FOUND, "no such hold")))
        .route("/busy", get(async || Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_secs(2))))
        .route("/broken", get(async || -> &str { panic!("on purpose") }))
        .route("/bare", get(async || StatusCode::CONFLICT))
        .route("/proxy", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/silent", get(std::future::pending::<&str>));
    let (clock, entropy) = (app.clock.clone(), Entropy::seeded(2));
    let verifier = app.issuer.verifier();
    Middleware { service: "inventory", clock, entropy, verifier, time_limit: Duration::from_secs(60) }.wrap(framed)
}

fn who(caller: &Caller) -> Json<Value> {
    let Origin { correlation_id: correlation, traceparent: trace, actor, .. } = &caller.origin;
    Json(json!({"actor": actor, "correlation": correlation, "trace": trace}))
}

async fn echo(caller: Caller, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"actor": caller.origin.actor, "body": body})))
}

fn origin() -> Origin {
    let trace = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    Origin { causation_id: None, correlation_id: "request-1".into(), traceparent: trace, actor: "ann".into() }
}

#[tokio::test]
async fn a_request_carries_the_credential_and_the_correlation_id() {
    let app = App::start();
    let clients = ServiceClients::new(app.clock.clone());
    let inventory_client = clients.client("inventory", app.issuer.credential("bookings"));
    let early = inventory_client.get("/who", &origin()).await.unwrap_err();
    assert!(matches!(early, ClientError::Unavailable { .. }), "{early}");

    clients.register("inventory", inventory(&app));
    let answer: Value = inventory_client.get("/who", &origin()).await.unwrap().json().unwrap();
    assert_eq!(
        answer,
        json!({"actor": "service:bookings", "correlation": "request-1", "trace": origin().traceparent.unwrap()})
    );
    let created = inventory_client.post("/who", &origin(), &json!({"quantity": 2})).await.unwrap();
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.json::<Value>().unwrap(), json!({"actor": "service:bookings", "body": {"quantity": 2}}));
    let unread = created.json::<Vec<u8>>().unwrap_err();
    assert!(matches!(unread, ClientError::Malformed { .. }), "{unread}");
}

#[tokio::test]
async fn an_error_tells_whether_the_request_had_an_effect() {
    let app = App::start();
    let clients = ServiceClients::new(app.clock.clone());
    clients.register("inventory", inventory(&app));
    let inventory_client = clients.client("inventory", app.issuer.credential("bookings"));
    let call = async |path: &str| inventory_client.get(path, &origin()).await.unwrap_err();

    let ClientError::Refused { status, code, errors, .. } = call("/holds/x").await else { panic!("not refused") };
    assert_eq!((status, &*code, &*errors[0].field), (400, "invalid", "id"));
    let ClientError::Refused { status, code, detail, .. } = call("/holds/00000000-0000-0000-0000-000000000000").await
    else {
        panic!("not refused")
    };
    assert_eq!((status, &*code, &*detail), (404, "not-found", "no such hold"));
    let ClientError::Refused { status, code, .. } = call("/bare").await else { panic!("not refused") };
    assert_eq!((status, &*code), (409, ""));
    let ClientError::Unavailable { retry_after, .. } = call("/busy").await else { panic!("not unavailable") };
    assert_eq!(retry_after, Some(Duration::from_secs(2)));
    assert!(matches!(call("/a b").await, ClientError::Unavailable { .. }));
    assert!(matches!(call("/broken").await, ClientError::OutcomeUnknown { .. }));
    assert!(
        matches!(call("/proxy").await, ClientError::OutcomeUnknown { .. }),
        "a 503 of a proxy does not exclude an effect"
    );
}

#[tokio::test]
async fn after_a_timeout_the_outcome_is_unknown() {
    let app = App::start();
    let clients = ServiceClients::new(app.clock.clone());
    clients.register("inventory", inventory(&app));
    let inventory_client =
        clients.client("inventory", app.issuer.credential("bookings")).with_timeout(Duration::from_secs(1));
    let moved = async {
        loop {
            app.time.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let asked = origin();
    let error = tokio::select! {
        biased;
        answer = inventory_client.get("/silent", &asked) => answer.unwrap_err(),
        () = moved => unreachable!(),
    };
    assert!(matches!(&error, ClientError::OutcomeUnknown { service, .. } if service == "inventory"), "{error}");
    assert_eq!(Problem::from(error).code, &codes::TIMEOUT);
}
