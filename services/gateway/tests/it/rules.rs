use axum::{
    body::Body,
    http::{HeaderMap, Uri},
    response::IntoResponse,
};
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_gateway::rules::Rules;
use boxoffice_http::extract::{Page, PageResponse};
use boxoffice_runtime::health::Health;
use serde_json::json;

use crate::harness::{Answer, TestGateway, bookings, inventory, mirror, router};

/// What comes before the pages and the echo: see `harness.rs`.
const ECHO: &str = "/api/v1/echo";

async fn post(gateway: &TestGateway, path: &str, body: &str) -> Answer {
    let request = gateway.request("POST", path).header("content-type", "application/json");
    gateway.send(request, body.to_owned()).await
}

/// The name and the code of the first invalid field.
fn first_error(answer: &Answer) -> (String, String) {
    let text = |name: &str| answer.json()["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (text("field"), text("code"))
}

#[tokio::test]
async fn a_rule_translates_the_request_and_the_response() {
    let gateway = TestGateway::open();
    let answer = gateway.send(gateway.request("GET", "/shows/7?what=x%26y"), Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"show": {"number": 7}, "query": "x&y"})));
    assert_eq!(answer.header("content-length"), answer.text.len().to_string());
    assert!(!answer.header("x-request-id").is_empty());
    let head = gateway.send(gateway.request("HEAD", "/shows/7?what=x%26y"), Body::empty()).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), answer.header("content-length"));
    let created = post(&gateway, "/shows", r#"{"title": "Gala", "state": "on_sale"}"#).await;
    assert_eq!((created.status.as_u16(), created.json()), (201, json!({"name": "Gala", "status": "on_sale"})));
}

#[tokio::test]
async fn an_amount_keeps_its_digits() {
    let gateway = TestGateway::open();
    for amount in ["100.00", "0.10", "99999999999999999.99", "1e2", "-0.0", "12345678901234567890"] {
        let answer = post(&gateway, "/amounts", &format!(r#"{{"amount": {amount}}}"#)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.text.contains(&format!(r#""body":{{"amount":{amount}}}"#)), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_canonical_request_has_its_own_query_and_headers() {
    let gateway = TestGateway::open();
    let received = post(&gateway, "/amounts", r#"{"amount": 1, "word": "a b&c=d"}"#).await.json();
    assert_eq!(received["uri"], format!("{ECHO}?word=a+b%26c%3Dd"));
    assert_eq!(
        (&received["prefer"], &received["length"]),
        (&json!("wait=5"), &json!(r#"{"amount":1}"#.len().to_string()))
    );
    let request = gateway.request("POST", "/amounts").header("content-type", "application/problem+json; x=y");
    let received = gateway.send(request.header("prefer", "wait=1"), r#"{"amount": 1}"#).await.json();
    assert_eq!((&received["prefer"], &received["type"]), (&json!("wait=1"), &json!("application/json")));
}

#[tokio::test]
async fn a_list_links_to_the_next_page_of_its_own_path() {
    let gateway = TestGateway::open();
    let answer = gateway.send(gateway.request("GET", "/shows?kind=a&limit=2"), Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!([{"number": 1}, {"number": 2}])));
    let next = answer.header("link").strip_prefix("</shows?kind=a&limit=2&cursor=").unwrap();
    let next = next.strip_suffix(r#">; rel="next""#).unwrap();
    let answer =
        gateway.send(gateway.request("GET", &format!("/shows?cursor={next}&kind=a&limit=2")), Body::empty()).await;
    assert_eq!((answer.json(), answer.header("link")), (json!([{"number": 3}]), ""));
}

#[tokio::test]
async fn a_problem_names_the_fields_of_the_client() {
    let gateway = TestGateway::open();
    for (path, body, status, field, code) in [
        ("/shows", r#"{"title": "Gala", "state": "sold"}"#, 400, "state", "format"),
        ("/shows", r#"{"state": "on_sale"}"#, 400, "title", "required"),
        ("/shows", r#"{"title": "a\u0000"}"#, 400, "title", "format"),
        ("/shows", r#"{"title": 1, "state": "on_sale"}"#, 400, "title", "type"),
        ("/shows", r#"{"name": "Gala"}"#, 400, "name", "unknown"),
        ("/shows?x=1", "{}", 400, "x", "unknown"),
        ("/shows", "{", 400, "", ""),
    ] {
        let answer = post(&gateway, path, body).await;
        assert_eq!((answer.problem().0, first_error(&answer)), (status, (field.to_owned(), code.to_owned())), "{body}");
    }
    let answer = gateway.send(gateway.request("GET", "/shows/seven"), Body::empty()).await;
    assert_eq!(first_error(&answer).0, "show");
    for invalid in ["/shows?limit=x", "/shows?kind=unknown&cursor=x"] {
        assert_eq!(gateway.send(gateway.request("GET", invalid), Body::empty()).await.status, 400, "{invalid}");
    }
}

#[tokio::test]
async fn tokens_methods_and_sizes_are_checked_before_the_body_is_read() {
    let gateway = TestGateway::open();
    for (method, path) in [("GET", "/shows"), ("POST", "/closed"), ("PURGE", "/shows"), ("POST", "/broken")] {
        let request = axum::http::Request::builder().method(method).uri(path);
        assert_eq!(gateway.send(request, "{").await.problem(), (401, "unauthorized".to_owned()), "{method} {path}");
    }
    for (method, path, allow) in
        [("DELETE", "/shows", "GET, POST, HEAD"), ("GET", "/closed", "POST"), ("HEAD", "/closed", "POST")]
    {
        let answer = gateway.send(gateway.request(method, path), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allow), "{method} {path}");
    }
    let large = gateway.request("POST", "/shows").header("content-length", 64 * 1024 + 1);
    assert_eq!(gateway.send(large, Body::empty()).await.problem(), (413, "too-large".to_owned()));
    let large = gateway.request("POST", "/shows").header("content-type", "application/json");
    assert_eq!(gateway.send(large, " ".repeat(64 * 1024 + 1)).await.problem().0, 413);
    let text = gateway.request("POST", "/shows").header("content-type", "text/plain");
    assert_eq!(gateway.send(text, "{}").await.problem().0, 415);
    assert_eq!(post(&gateway, "/closed", "").await.problem(), (403, "forbidden".to_owned()));
    for path in ["/shows/", "//shows", "/shows/7/", "/Shows"] {
        assert_eq!(gateway.send(gateway.request("GET", path), Body::empty()).await.problem().0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_failing_or_expanding_filter_is_an_internal_error() {
    let gateway = TestGateway::open();
    assert_eq!(post(&gateway, "/broken", r#"{"word": "x"}"#).await.problem(), (500, "internal".to_owned()));
    let request = gateway.request("GET", "/broken").header("x-request-id", "request-7");
    let answer = gateway.send(request, Body::empty()).await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
    assert_eq!(answer.header("x-request-id"), "request-7");
    let word = "x".repeat(1000);
    let swollen = post(&gateway, "/swollen", &format!(r#"{{"word": "{word}"}}"#)).await;
    assert_eq!(swollen.problem(), (413, "too-large".to_owned()));
}

#[tokio::test]
async fn the_limit_of_a_route_applies_to_its_compatible_paths() {
    let limits = ("BOXOFFICE_GATEWAY_RATE_LIMITS", "POST /api/v1/events=2/60s, /api/v1/events/{id}=1/60s");
    let gateway = TestGateway::with(&[limits]);
    let show = r#"{"title": "Gala", "state": "on_sale"}"#;
    assert_eq!(post(&gateway, "/shows", show).await.header("x-ratelimit-remaining"), "1");
    assert_eq!(post(&gateway, "/api/v1/events", r#"{"name": "Gala", "status": "on_sale"}"#).await.status, 201);
    assert_eq!(post(&gateway, "/shows", show).await.problem().0, 429);
    for status in [200, 429] {
        assert_eq!(gateway.send(gateway.request("GET", "/shows/7"), Body::empty()).await.status, status);
    }
    let list = gateway.send(gateway.request("GET", "/shows"), Body::empty()).await;
    assert_eq!((list.status.as_u16(), list.header("x-ratelimit-limit")), (200, ""));
}

#[tokio::test]
async fn accept_is_checked_for_compatible_paths() {
    let gateway = TestGateway::open();
    let picture = gateway.request("POST", "/broken").header("accept", "image/png");
    assert_eq!(gateway.send(picture, "{").await.problem(), (406, "not-acceptable".to_owned()));
    let packed = gateway.request("POST", "/shows").header("content-encoding", "gzip");
    assert_eq!(gateway.send(packed, "{").await.problem().0, 415);
    let mute = axum::http::Request::post("/shows").header("accept", "image/png");
    assert_eq!(gateway.send(mute, "{").await.problem().0, 401, "a anonymous learns nothing");
}

#[tokio::test]
async fn an_open_catalogue_opens_its_compatible_paths() {
    let gateway = TestGateway::with(&[("BOXOFFICE_GATEWAY_OPEN_CATALOGUE", "true")]);
    assert_eq!(gateway.get("/shows/7").await.status, 200);
    assert_eq!(gateway.send(axum::http::Request::post("/shows"), "{}").await.status, 401);
}

#[tokio::test]
async fn operators_add_and_replace_rules() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let rule = |from: &str, to: &str| format!("[[rule]]\nfrom = {from:?}\nto = {to:?}\nabout = \"x\"\n");
    write("a.toml", &format!("title = \"a\"\n{}", rule("GET /shows/{id}", "GET /api/v1/events/{id}")));
    write("b.toml", &format!("title = \"b\"\n{}", rule("GET /concerts/{id}", "GET /api/v1/events/{id}")));
    write("not-read.txt", "{");
    let gateway = TestGateway::with(&[("BOXOFFICE_GATEWAY_RULES", folder.path().to_str().unwrap())]);
    for path in ["/shows/7", "/concerts/7"] {
        let answer = gateway.send(gateway.request("GET", path), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"id": 7})), "{path}");
    }
    let rules = Rules::read(&[("rules.toml", include_str!("rules.toml"))], Some(folder.path())).unwrap();
    let of = |from: &str| rules.list().into_iter().find(|line| line[0] == from).unwrap()[2].clone();
    assert!(of("GET /shows/{id}").ends_with("a.toml") && of("GET /shows") == "rules.toml (built in)");
}

/// Texts of rule files with the expected errors.
const INVALID: &[(&str, &str)] = &[
    ("", "missing field `title`"),
    ("title = \"x\"\nrules = []", "unknown field `rules`"),
    ("title = \"x\"\n[[rule]]\nfrom = \"GET /x\"\nabout = \"x\"", "\"GET /x\": expected either `to` or `refuse`"),
    ("RULE from = \"GET x\"", "\"GET x\": from: expected a method and a path"),
    ("RULE from = \"FETCH /x\"", "from: expected a method and a path"),
    ("RULE from = \"GET /x/\"", "from: expected a method and a path"),
    ("RULE from = \"GET /x\"\nto = \"GET /api/v1/nothing\"", "\"GET /x\": no service documents GET /api/v1/nothing"),
    ("RULE from = \"GET /x\"\nto = \"DELETE /api/v1/events\"", "no service documents DELETE /api/v1/events"),
    ("RULE from = \"GET /x\"\nto = \"GET /api/v1/events/{id}\"", "to: `from` has no parameter for {id}"),
    ("RULE from = \"GET /api/v1/events/{show}\"", "a service documents this path"),
    ("RULE from = \"GET /x\"\nanswer = \"{a: }\"", "\"GET /x\": answer: expected term at }"),
    ("RULE from = \"GET /x\"\nrequest = \"nothing\"", "\"GET /x\": request: unknown filter nothing"),
    ("RULE from = \"GET /x\"\nrequest = \"def f: f; f\"", "a filter cannot define functions"),
    ("RULE from = \"POST /x\"\nbody.a = {}", "body: a rule that declares fields needs a filter `request`"),
    ("RULE from = \"POST /x\"\nrequest = \"{}\"\nbody.\"a[].b\" = {}", "body: a is not declared as a list"),
    ("RULE from = \"GET /x\"\nquery.a.type = \"list\"", "a is not a field of the body"),
    ("RULE from = \"GET /x\"\nquery.a.type = \"number\"", "unknown variant `number`"),
    ("RULE from = \"GET /x\"\npath.a = {}", "path: `from` has no parameter a"),
    ("RULE from = \"GET /x\"\nheaders.\"a b\" = \"c\"", "headers: a b: invalid HTTP header name"),
    (
        "RULE from = \"GET /x\"\n[[rule]]\nfrom = \"GET /x\"\nto = \"GET /api/v1/events\"\nabout = \"x\"",
        "already has a rule for this route",
    ),
    (
        "RULE from = \"GET /{x}\"\n[[rule]]\nfrom = \"POST /{y}\"\nto = \"POST /api/v1/events\"\nabout = \"x\"",
        "conflicts with another one",
    ),
    ("title = \"x\"\n[shape.a]\nb = \"a\"", "\"a\": unknown filter a"),
    ("title = \"x\"\n[shape.a]\nb = \"c\"\n[shape.c]\nd = \".\"", "\"a\": unknown filter c"),
    ("title = \"x\"\n[shape.\"a b\"]\nb = \".\"", "the name of a shape must be lower-case"),
    (
        "title = \"x\"\n[[rule]]\nfrom = \"GET /x\"\nabout = \"x\"\nrefuse = {code = \"no\", detail = \"x\"}",
        "refuse: unknown code no; the known ones are paid-through-orders, ",
    ),
];

#[tokio::test]
async fn an_invalid_rule_is_refused_at_start() {
    let gateway = TestGateway::open();
    let (clock, _) = Clock::manual(Timestamp::from_micros(0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let name = file.display().to_string();
    let open = || {
        let upstreams = vec![
            inventory(&gateway.issuer, &clock),
            bookings(&gateway.issuer, &clock),
            mirror(&gateway.issuer, &clock),
        ];
        let settings = [("BOXOFFICE_GATEWAY_RULES", name.as_str())];
        router(upstreams, &gateway.issuer, &clock, Health::default(), &settings).map(drop)
    };
    assert!(open().unwrap_err().to_string().starts_with(&format!("{name}: cannot be read: ")));
    for (text, expected) in INVALID {
        let with_target =
            if text.contains("\nto = ") && !text.contains("[[rule]]") { "" } else { "to = \"GET /api/v1/events\"\n" };
        let text = text.replace("RULE ", &format!("title = \"x\"\n[[rule]]\nabout = \"x\"\n{with_target}"));
        std::fs::write(&file, &text).unwrap();
        let refused = open().expect_err(&text).to_string();
        assert!(refused.starts_with(&format!("{name}: ")) && refused.contains(expected), "{text}\n=> {refused}");
    }
    std::fs::write(&file, format!("title = \"{}\"", "x".repeat(1024 * 1024))).unwrap();
    assert!(open().unwrap_err().to_string().contains("is larger than 1048576 bytes"));
}

/// Three numbers in pages of a list.
#[utoipa::path(get, path = "/api/v1/pages", responses((status = 200, body = Vec<i64>)))]
pub async fn pages(page: Page<Sorted>) -> Result<PageResponse<i64>, boxoffice_http::Problem> {
    let after = page.after::<i64>()?.unwrap_or(0);
    let rows = (after + 1..=3).take(page.rows()).collect();
    Ok(page.list(rows, |last| *last))
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    A,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its name is used")]
pub struct Sorted {
    sort: Option<Order>,
}

/// Echo the request, with the text of its body.
#[utoipa::path(post, path = "/api/v1/echo", responses((status = 200)))]
pub async fn echo(uri: Uri, headers: HeaderMap, body: String) -> impl IntoResponse {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let text = format!(
        r#"{{"uri":{:?},"prefer":{:?},"type":{:?},"length":{:?},"body":{}}}"#,
        uri.to_string(),
        header("prefer"),
        header("content-type"),
        header("content-length"),
        body
    );
    ([("content-type", "application/json")], text)
}
