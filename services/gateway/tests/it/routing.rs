use axum::{Json, body::Body};
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_gateway::GatewayError;
use boxoffice_runtime::health::Health;
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::harness::{TestGateway, bookings, inventory, router, upstream};

#[tokio::test]
async fn a_documented_path_reaches_its_service() {
    let gateway = TestGateway::open();
    for (path, expected) in [
        ("/api/v1/events", json!({"actor": "ann", "scopes": "customer"})),
        ("/api/v1/events/7", json!({"id": 7})),
        ("/api/v1/events/7/bookings", json!([{"event": 7, "status": "confirmed"}])),
    ] {
        let answer = gateway.send(gateway.request("GET", path), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, expected), "{path}");
    }
    let body = r#"{"name": "Gala", "status": "on_sale"}"#;
    let request = gateway.request("POST", "/api/v1/events").header("content-type", "application/json");
    assert_eq!(gateway.send(request, body).await.status, 201);
    let head = gateway.send(gateway.request("HEAD", "/api/v1/events/7"), Body::empty()).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_refusal_of_the_service_is_forwarded() {
    let gateway = TestGateway::open();
    let answer = gateway.send(gateway.request("GET", "/api/v1/events/seven"), Body::empty()).await;
    assert_eq!(answer.problem(), (400, "invalid".to_owned()));
}

#[tokio::test]
async fn undocumented_paths_are_not_routed() {
    let gateway = TestGateway::open();
    for path in [
        "/internal/seats",
        "/api/v1/hidden",
        "/api/v1/../internal/seats",
        "/api/v1/events/../../../internal/seats",
        "/api/v1/%2e%2e/%2e%2e/internal/seats",
        "//internal/seats",
        "/internal%2Fseats",
        "http://localhost/internal/seats",
        "/api/v1/events/",
        "/api/v1//events",
        "/API/v1/events",
        "/api/v1/events/7/bookings/1",
        "/nothing",
        "*",
    ] {
        for method in ["GET", "POST", "DELETE", "PURGE"] {
            let answer = gateway.send(gateway.request(method, path), Body::empty()).await;
            assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_unsupported_method_is_refused_with_allow() {
    let gateway = TestGateway::open();
    for (method, path, allow) in [
        ("DELETE", "/api/v1/events", "GET, POST, HEAD"),
        ("OPTIONS", "/api/v1/events", "GET, POST, HEAD"),
        ("POST", "/api/v1/events/7", "GET, HEAD"),
        ("GET", "/api/v1/bookings", "POST"),
        ("HEAD", "/api/v1/bookings", "POST"),
        ("PURGE", "/api/v1/events/7/bookings", "GET, DELETE, HEAD"),
    ] {
        let answer = gateway.send(gateway.request(method, path), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allow), "{method} {path}");
        if method != "HEAD" {
            assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()));
        }
    }
}

#[utoipa::path(get, path = "/api/v1/events", responses((status = 200)))]
async fn other_events() -> Json<()> {
    Json(())
}

#[utoipa::path(delete, path = "/api/v1/events", responses((status = 200)))]
async fn delete_events() -> Json<()> {
    Json(())
}

#[utoipa::path(get, path = "/api/v1/events/{event_id}", responses((status = 200)))]
async fn other_name() -> Json<()> {
    Json(())
}

#[utoipa::path(get, path = "/internal/audit", responses((status = 200)))]
async fn internal() -> Json<()> {
    Json(())
}

#[tokio::test]
async fn conflicting_documents_are_refused_at_start() {
    let gateway = TestGateway::open();
    let (clock, _) = Clock::manual(Timestamp::from_micros(0));
    let open = |api: OpenApiRouter| {
        let third = upstream("third", api, &gateway.issuer, &clock);
        let upstreams = vec![inventory(&gateway.issuer, &clock), bookings(&gateway.issuer, &clock), third];
        router(upstreams, &gateway.issuer, &clock, Health::default(), &[])
    };
    let twice = open(OpenApiRouter::new().routes(routes!(other_events))).unwrap_err();
    assert_eq!(twice.to_string(), "both inventory and third document GET /api/v1/events");
    let clash = open(OpenApiRouter::new().routes(routes!(other_name))).unwrap_err();
    assert!(matches!(clash, GatewayError::Route { .. }), "{clash}");
    let internal = open(OpenApiRouter::new().routes(routes!(internal))).unwrap_err();
    assert_eq!(internal.to_string(), "third documents /internal/audit, which is not under /api/v1");
    assert!(
        open(OpenApiRouter::new().routes(routes!(delete_events))).is_ok(),
        "methods of one path may differ in home"
    );
    let typo = router(Vec::new(), &gateway.issuer, &clock, Health::default(), &[("BOXOFFICE_GATEWAY_LIMIT", "1")]);
    assert!(matches!(typo, Err(GatewayError::Settings(_))));
}
