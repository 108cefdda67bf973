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
    let routes = Router::new()
        .route("/caller", get(async |caller: Caller| describe(&caller)).post(echo))
        .route("/holds/{id}", get(async |Path(_): Path<Uuid>| Problem::new(&codes::NOT_FOUND, "no such hold")))
        .route("/busy", get(async || Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_secs(2))))
        .route("/broken", get(async || -> &str { panic!("on purpose") }))
        .route("/bare", get(async || StatusCode::CONFLICT))
        .route("/proxy", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/silent", get(std::future::pending::<&str>));
    let (clock, entropy) = (app.clock.clone(), Entropy::seeded(2));
    let verifier = app.issuer.verifier();
    Middleware { service: "inventory", clock, entropy, verifier, time_limit: Duration::from_secs(60) }.wrap(routes)
}

fn describe(caller: &Caller) -> Json<Value> {
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
    let early = inventory_client.get("/caller", &origin()).await.unwrap_err();
    assert!(matches!(early, ClientError::Unavailable { .. }), "{early}");

    clients.register("inventory", inventory(&app));
    let answer: Value = inventory_client.get("/caller", &origin()).await.unwrap().json().unwrap();
    assert_eq!(
        answer,
        json!({"actor": "service:bookings", "correlation": "request-1", "trace": origin().traceparent.unwrap()})
    );
    let created = inventory_client.post("/caller", &origin(), &json!({"quantity": 2})).await.unwrap();
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.json::<Value>().unwrap(), json!({"actor": "service:bookings", "body": {"quantity": 2}}));
    let malformed = created.json::<Vec<u8>>().unwrap_err();
    assert!(matches!(malformed, ClientError::Malformed { .. }), "{malformed}");
}

#[tokio::test]
async fn an_error_tells_whether_the_request_had_an_effect() {
    let app = App::start();
    let clients = ServiceClients::new(app.clock.clone());
    clients.register("inventory", inventory(&app));
    let inventory_client = clients.client("inventory", app.issuer.credential("bookings"));
    let error_of = async |path: &str| inventory_client.get(path, &origin()).await.unwrap_err();

    let ClientError::Refused { status, code, errors, .. } = error_of("/holds/x").await else { panic!("not refused") };
    assert_eq!((status, &*code, &*errors[0].field), (400, "invalid", "id"));
    let ClientError::Refused { status, code, detail, .. } =
        error_of("/holds/00000000-0000-0000-0000-000000000000").await
    else {
        panic!("not refused")
    };
    assert_eq!((status, &*code, &*detail), (404, "not-found", "no such hold"));
    let ClientError::Refused { status, code, .. } = error_of("/bare").await else { panic!("not refused") };
    assert_eq!((status, &*code), (409, ""));
    let ClientError::Unavailable { retry_after, .. } = error_of("/busy").await else { panic!("not unavailable") };
    assert_eq!(retry_after, Some(Duration::from_secs(2)));
    assert!(matches!(error_of("/a b").await, ClientError::Unavailable { .. }));
    assert!(matches!(error_of("/broken").await, ClientError::Unknown { .. }));
    assert!(
        matches!(error_of("/proxy").await, ClientError::Unknown { .. }),
        "a 503 without a problem may come from a proxy"
    );
}

#[tokio::test]
async fn a_timeout_leaves_the_outcome_unknown() {
    let app = App::start();
    let clients = ServiceClients::new(app.clock.clone());
    clients.register("inventory", inventory(&app));
    let inventory_client =
        clients.client("inventory", app.issuer.credential("bookings")).with_timeout(Duration::from_secs(1));
    let clock_advances = async {
        loop {
            app.hand.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let origin = origin();
    let error = tokio::select! {
        biased;
        answer = inventory_client.get("/silent", &origin) => answer.unwrap_err(),
        () = clock_advances => unreachable!(),
    };
    assert!(matches!(&error, ClientError::Unknown { service, .. } if service == "inventory"), "{error}");
    assert_eq!(Problem::from(error).code, &codes::TIMEOUT);
}
