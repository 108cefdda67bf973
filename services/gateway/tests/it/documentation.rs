use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use crate::harness::TestGateway;

async fn document(gateway: &TestGateway, path: &str) -> Value {
    let answer = gateway.get(path).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"), "{path}");
    answer.json()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_document_is_openapi_3_1_and_complete() {
    let gateway = TestGateway::open();
    for path in ["/api/v1/openapi.json", "/docs/inventory/openapi.json", "/docs/bookings/openapi.json"] {
        let document = document(&gateway, path).await;
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        serde_json::from_value::<OpenApi>(document.clone()).unwrap();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{path}: {reference} does not resolve");
        }
        let operations: Vec<&Value> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .collect();
        let ids: BTreeSet<_> = operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), operations.len(), "{path}: {ids:?}");
        let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
        for operation in operations {
            assert!(tags.contains(&&operation["tags"][0]), "{path}: {operation}");
        }
    }
}

#[tokio::test]
async fn one_document_has_the_paths_of_all_services() {
    let gateway = TestGateway::open();
    let all = document(&gateway, "/api/v1/openapi.json").await;
    let paths: Vec<_> = all["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/api/v1/bookings",
            "/api/v1/echo",
            "/api/v1/events",
            "/api/v1/events/{event}/bookings",
            "/api/v1/events/{id}",
            "/api/v1/pages"
        ]
    );
    assert!(all["info"]["description"].as_str().unwrap().contains("- inventory: Data that it owns."));
    let one = document(&gateway, "/docs/bookings/openapi.json").await;
    let paths: Vec<_> = one["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, ["/api/v1/bookings", "/api/v1/events/{event}/bookings"]);
    assert_eq!(one["info"]["title"], "Bookings Service API");
    for (path, title) in [("/v3/api-docs", "Boxoffice API"), ("/v3/api-docs/inventory", "Inventory Service API")] {
        let info = document(&gateway, path).await["info"].take();
        assert_eq!((&info["title"], &info["version"]), (&json!(title), &json!("1.0.0")), "{path}");
        for chapter in ["Tokens", "Errors", "Idempotency keys", "Lists", "Limits"] {
            assert!(info["description"].as_str().unwrap().contains(&format!("\n## {chapter}\n")), "{path}: {chapter}");
        }
    }
}

#[tokio::test]
async fn different_schemas_of_one_name_are_renamed() {
    let gateway = TestGateway::open();
    let all = document(&gateway, "/api/v1/openapi.json").await;
    let schemas = &all["components"]["schemas"];
    assert_eq!(schemas["Status"]["enum"], json!(["on_sale"]));
    assert_eq!(schemas["BookingsStatus"]["enum"], json!(["confirmed"]));
    assert_eq!(schemas["Event"]["properties"]["status"]["$ref"], "#/components/schemas/Status");
    assert_eq!(schemas["Booking"]["properties"]["status"]["$ref"], "#/components/schemas/BookingsStatus");
    assert!(schemas.get("BookingsProblem").is_none(), "equal schemas occur once");
}

#[tokio::test]
async fn the_document_has_the_security_schemes() {
    let gateway = TestGateway::open();
    let all = document(&gateway, "/api/v1/openapi.json").await;
    let schemes = &all["components"]["securitySchemes"];
    assert_eq!((&schemes["bearer"]["type"], &schemes["bearer"]["scheme"]), (&json!("http"), &json!("bearer")));
    let flow = &schemes["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "/oauth2/token");
    let scopes: Vec<_> = flow["scopes"].as_object().unwrap().keys().collect();
    assert_eq!(scopes, ["customer", "operator", "organizer"]);
    let ways = &all["paths"]["/api/v1/events"]["post"]["security"];
    assert_eq!(*ways, json!([{"bearer": ["organizer"]}, {"oauth2": ["organizer"]}]));
    assert_eq!(all["security"], json!([{"bearer": []}, {"oauth2": []}]));
}

#[tokio::test]
async fn the_page_loads_nothing_from_other_servers() {
    let gateway = TestGateway::open();
    let (page, start) = (gateway.get("/docs").await, gateway.get("/docs/start.js").await);
    assert!(page.header("content-type").starts_with("text/html"));
    for text in [&page.text, &start.text] {
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("\"//"), "{text}");
    }
    let files: Vec<_> = page.text.split('"').filter(|text| text.starts_with("/docs/")).collect();
    assert!(files.contains(&"/docs/swagger-ui-bundle.js") && files.contains(&"/docs/swagger-ui.css"), "{files:?}");
    for file in files {
        let answer = gateway.get(file).await;
        assert!(answer.status == 200 && !answer.text.is_empty(), "{file}");
    }
    for path in ["/api/v1/openapi.json", "/docs/inventory/openapi.json", "/docs/bookings/openapi.json"] {
        assert!(start.text.contains(path), "{path} is in the list");
    }
    assert!(start.text.contains(r#"validatorUrl: "none""#));
}

#[tokio::test]
async fn pages_are_revalidated_and_run_no_foreign_code() {
    let gateway = TestGateway::open();
    for path in ["/", "/docs", "/docs/inventory", "/docs/start.js", "/docs/errors", "/v3/api-docs"] {
        let answer = gateway.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        let tag = answer.header("etag");
        for known in [tag.to_owned(), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = gateway.send(Request::get(path).header("if-none-match", known), Body::empty()).await;
            assert_eq!((again.status.as_u16(), again.text.as_str(), again.header("etag")), (304, "", tag), "{path}");
        }
        let other = gateway.send(Request::get(path).header("if-none-match", "W/\"0\""), Body::empty()).await;
        assert_eq!((other.status.as_u16(), &other.text), (200, &answer.text), "{path}");
    }
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_documentation() {
    let gateway = TestGateway::open();
    let page = gateway.get("/docs/errors").await;
    assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
    let refused = gateway.get("/nothing").await.json();
    let anchor = refused["type"].as_str().unwrap().strip_prefix("/docs/errors#").unwrap().to_owned();
    assert!(page.text.contains(&format!("\n## {anchor}\n")));
    assert!(page.text.contains("\n## sold-out\n"), "the codes of services are included");
}

#[tokio::test]
async fn responses_of_the_gateway_itself_are_counted_by_route() {
    let gateway = TestGateway::open();
    gateway.get("/docs/errors").await;
    gateway.get("/nothing").await;
    let metrics = gateway.get("/actuator/prometheus").await.text;
    let counted = |parts: &[&str]| metrics.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(counted(&["boxoffice_http_requests_total", r#"service="gateway""#, r#"path="/docs/errors""#]), "{metrics}");
    assert!(counted(&["boxoffice_http_refusals_total", r#"service="gateway""#, r#"code="unauthorized""#]), "{metrics}");
}
