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

use crate::house::{Answer, House, bookings, door, inventory, mirror};

/// What comes before the pages and the echo: see `house.rs`.
const ECHO: &str = "/api/v1/echo";

async fn post(house: &House, path: &str, body: &str) -> Answer {
    let request = house.request("POST", path).header("content-type", "application/json");
    house.send(request, body.to_owned()).await
}

/// (field, code) of the first field that is to blame.
fn blamed(answer: &Answer) -> (String, String) {
    let text = |name: &str| answer.json()["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (text("field"), text("code"))
}

#[tokio::test]
async fn a_request_becomes_a_canonical_one_and_its_answer_the_clients() {
    let house = House::open();
    let answer = house.send(house.request("GET", "/shows/7?what=x%26y"), Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"show": {"number": 7}, "asked": "x&y"})));
    assert_eq!(answer.header("content-length"), answer.text.len().to_string());
    assert!(!answer.header("x-request-id").is_empty());
    let head = house.send(house.request("HEAD", "/shows/7?what=x%26y"), Body::empty()).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), answer.header("content-length"));
    let made = post(&house, "/shows", r#"{"title": "Gala", "state": "on_sale"}"#).await;
    assert_eq!((made.status.as_u16(), made.json()), (201, json!({"name": "Gala", "status": "on_sale"})));
}

#[tokio::test]
async fn an_amount_keeps_its_digits() {
    let house = House::open();
    for amount in ["100.00", "0.10", "99999999999999999.99", "1e2", "-0.0", "12345678901234567890"] {
        let answer = post(&house, "/amounts", &format!(r#"{{"amount": {amount}}}"#)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.text.contains(&format!(r#""body":{{"amount":{amount}}}"#)), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_canonical_request_is_a_new_one() {
    let house = House::open();
    let seen = post(&house, "/amounts", r#"{"amount": 1, "word": "a b&c=d"}"#).await.json();
    assert_eq!(seen["uri"], format!("{ECHO}?word=a+b%26c%3Dd"));
    assert_eq!((&seen["prefer"], &seen["length"]), (&json!("wait=5"), &json!(r#"{"amount":1}"#.len().to_string())));
    let request = house.request("POST", "/amounts").header("content-type", "application/problem+json; x=y");
    let seen = house.send(request.header("prefer", "wait=1"), r#"{"amount": 1}"#).await.json();
    assert_eq!((&seen["prefer"], &seen["type"]), (&json!("wait=1"), &json!("application/json")));
}

#[tokio::test]
async fn a_list_leads_on_under_its_own_path() {
    let house = House::open();
    let answer = house.send(house.request("GET", "/shows?kind=a&limit=2"), Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!([{"number": 1}, {"number": 2}])));
    let next = answer.header("link").strip_prefix("</shows?kind=a&limit=2&cursor=").unwrap();
    let next = next.strip_suffix(r#">; rel="next""#).unwrap();
    let answer = house.send(house.request("GET", &format!("/shows?cursor={next}&kind=a&limit=2")), Body::empty()).await;
    assert_eq!((answer.json(), answer.header("link")), (json!([{"number": 3}]), ""));
}

#[tokio::test]
async fn a_refusal_names_the_clients_fields() {
    let house = House::open();
    for (path, body, status, field, code) in [
        ("/shows", r#"{"title": "Gala", "state": "sold"}"#, 400, "state", "format"),
        ("/shows", r#"{"state": "on_sale"}"#, 400, "title", "required"),
        ("/shows", r#"{"title": "a\u0000"}"#, 400, "title", "format"),
        ("/shows", r#"{"title": 1, "state": "on_sale"}"#, 400, "title", "type"),
        ("/shows", r#"{"name": "Gala"}"#, 400, "name", "unknown"),
        ("/shows?x=1", "{}", 400, "x", "unknown"),
        ("/shows", "{", 400, "", ""),
    ] {
        let answer = post(&house, path, body).await;
        assert_eq!((answer.problem().0, blamed(&answer)), (status, (field.to_owned(), code.to_owned())), "{body}");
    }
    let answer = house.send(house.request("GET", "/shows/seven"), Body::empty()).await;
    assert_eq!(blamed(&answer).0, "show");
    for unfit in ["/shows?limit=x", "/shows?kind=unknown&cursor=x"] {
        assert_eq!(house.send(house.request("GET", unfit), Body::empty()).await.status, 400, "{unfit}");
    }
}

#[tokio::test]
async fn strangers_wrong_methods_and_large_bodies_are_refused_before_anything_is_read() {
    let house = House::open();
    for (method, path) in [("GET", "/shows"), ("POST", "/closed"), ("PURGE", "/shows"), ("POST", "/broken")] {
        let request = axum::http::Request::builder().method(method).uri(path);
        assert_eq!(house.send(request, "{").await.problem(), (401, "unauthorized".to_owned()), "{method} {path}");
    }
    for (method, path, allow) in
        [("DELETE", "/shows", "GET, POST, HEAD"), ("GET", "/closed", "POST"), ("HEAD", "/closed", "POST")]
    {
        let answer = house.send(house.request(method, path), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allow), "{method} {path}");
    }
    let large = house.request("POST", "/shows").header("content-length", 64 * 1024 + 1);
    assert_eq!(house.send(large, Body::empty()).await.problem(), (413, "too-large".to_owned()));
    let large = house.request("POST", "/shows").header("content-type", "application/json");
    assert_eq!(house.send(large, " ".repeat(64 * 1024 + 1)).await.problem().0, 413);
    let text = house.request("POST", "/shows").header("content-type", "text/plain");
    assert_eq!(house.send(text, "{}").await.problem().0, 415);
    assert_eq!(post(&house, "/closed", "").await.problem(), (403, "forbidden".to_owned()));
    for path in ["/shows/", "//shows", "/shows/7/", "/Shows"] {
        assert_eq!(house.send(house.request("GET", path), Body::empty()).await.problem().0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_filter_that_fails_or_swells_is_contained() {
    let house = House::open();
    assert_eq!(post(&house, "/broken", r#"{"word": "x"}"#).await.problem(), (500, "internal".to_owned()));
    let request = house.request("GET", "/broken").header("x-request-id", "request-7");
    let answer = house.send(request, Body::empty()).await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
    assert_eq!(answer.header("x-request-id"), "request-7");
    let word = "x".repeat(1000);
    let swollen = post(&house, "/swollen", &format!(r#"{{"word": "{word}"}}"#)).await;
    assert_eq!(swollen.problem(), (413, "too-large".to_owned()));
}

#[tokio::test]
async fn the_limit_of_a_route_holds_under_every_path_to_it() {
    let limits = ("BOXOFFICE_GATEWAY_RATE_LIMITS", "POST /api/v1/events=2/60s, /api/v1/events/{id}=1/60s");
    let house = House::with(&[limits]);
    let show = r#"{"title": "Gala", "state": "on_sale"}"#;
    assert_eq!(post(&house, "/shows", show).await.header("x-ratelimit-remaining"), "1");
    assert_eq!(post(&house, "/api/v1/events", r#"{"name": "Gala", "status": "on_sale"}"#).await.status, 201);
    assert_eq!(post(&house, "/shows", show).await.problem().0, 429);
    for status in [200, 429] {
        assert_eq!(house.send(house.request("GET", "/shows/7"), Body::empty()).await.status, status);
    }
    let list = house.send(house.request("GET", "/shows"), Body::empty()).await;
    assert_eq!((list.status.as_u16(), list.header("x-ratelimit-limit")), (200, ""));
}

#[tokio::test]
async fn what_is_asked_of_an_answer_is_asked_of_a_rules_too() {
    let house = House::open();
    let picture = house.request("POST", "/broken").header("accept", "image/png");
    assert_eq!(house.send(picture, "{").await.problem(), (406, "not-acceptable".to_owned()));
    let packed = house.request("POST", "/shows").header("content-encoding", "gzip");
    assert_eq!(house.send(packed, "{").await.problem().0, 415);
    let mute = axum::http::Request::post("/shows").header("accept", "image/png");
    assert_eq!(house.send(mute, "{").await.problem().0, 401, "a stranger learns nothing");
}

#[tokio::test]
async fn an_open_catalogue_is_open_by_rules_too() {
    let house = House::with(&[("BOXOFFICE_GATEWAY_OPEN_CATALOGUE", "true")]);
    assert_eq!(house.get("/shows/7").await.status, 200);
    assert_eq!(house.send(axum::http::Request::post("/shows"), "{}").await.status, 401);
}

#[tokio::test]
async fn operators_add_rules_and_put_theirs_in_the_place_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let rule = |from: &str, to: &str| format!("[[rule]]\nfrom = {from:?}\nto = {to:?}\nabout = \"x\"\n");
    write("a.toml", &format!("title = \"a\"\n{}", rule("GET /shows/{id}", "GET /api/v1/events/{id}")));
    write("b.toml", &format!("title = \"b\"\n{}", rule("GET /concerts/{id}", "GET /api/v1/events/{id}")));
    write("not-read.txt", "{");
    let house = House::with(&[("BOXOFFICE_GATEWAY_RULES", folder.path().to_str().unwrap())]);
    for path in ["/shows/7", "/concerts/7"] {
        let answer = house.send(house.request("GET", path), Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"id": 7})), "{path}");
    }
    let rules = Rules::read(&[("house.toml", include_str!("house.toml"))], Some(folder.path())).unwrap();
    let of = |from: &str| rules.list().into_iter().find(|line| line[0] == from).unwrap()[2].clone();
    assert!(of("GET /shows/{id}").ends_with("a.toml") && of("GET /shows") == "house.toml (built in)");
}

/// The text of a rule file, and the expected error.
const UNFIT: &[(&str, &str)] = &[
    ("", "missing field `title`"),
    ("title = \"x\"\nrules = []", "unknown field `rules`"),
    ("title = \"x\"\n[[rule]]\nfrom = \"GET /x\"\nabout = \"x\"", "\"GET /x\": expected either `to` or `refuse`"),
    ("RULE from = \"GET x\"", "\"GET x\": from: expected a method and a path"),
    ("RULE from = \"FETCH /x\"", "from: expected a method and a path"),
    ("RULE from = \"GET /x/\"", "from: expected a method and a path"),
    ("RULE from = \"GET /x\"\nto = \"GET /api/v1/nothing\"", "\"GET /x\": no service documents GET /api/v1/nothing"),
    ("RULE from = \"GET /x\"\nto = \"DELETE /api/v1/events\"", "no service documents DELETE /api/v1/events"),
    ("RULE from = \"GET /x\"\nto = \"GET /api/v1/events/{id}\"", "to: nothing in `from` stands for {id}"),
    ("RULE from = \"GET /api/v1/events/{show}\"", "a service answers this path itself"),
    ("RULE from = \"GET /x\"\nanswer = \"{a: }\"", "\"GET /x\": answer: expected term at }"),
    ("RULE from = \"GET /x\"\nrequest = \"nothing\"", "\"GET /x\": request: there is no filter nothing"),
    ("RULE from = \"GET /x\"\nrequest = \"def f: f; f\"", "a filter defines nothing"),
    ("RULE from = \"POST /x\"\nbody.a = {}", "body: without a filter `request` nothing is made of it"),
    ("RULE from = \"POST /x\"\nrequest = \"{}\"\nbody.\"a[].b\" = {}", "body: a is not declared as a list"),
    ("RULE from = \"GET /x\"\nquery.a.type = \"list\"", "a is no field of the body"),
    ("RULE from = \"GET /x\"\nquery.a.type = \"number\"", "unknown variant `number`"),
    ("RULE from = \"GET /x\"\npath.a = {}", "path: {a} does not stand in `from`"),
    ("RULE from = \"GET /x\"\nheaders.\"a b\" = \"c\"", "headers: a b: invalid HTTP header name"),
    (
        "RULE from = \"GET /x\"\n[[rule]]\nfrom = \"GET /x\"\nto = \"GET /api/v1/events\"\nabout = \"x\"",
        "has a rule for it already",
    ),
    (
        "RULE from = \"GET /{x}\"\n[[rule]]\nfrom = \"POST /{y}\"\nto = \"POST /api/v1/events\"\nabout = \"x\"",
        "cannot be told from another",
    ),
    ("title = \"x\"\n[shape.a]\nb = \"a\"", "\"a\": there is no filter a"),
    ("title = \"x\"\n[shape.a]\nb = \"c\"\n[shape.c]\nd = \".\"", "\"a\": there is no filter c"),
    ("title = \"x\"\n[shape.\"a b\"]\nb = \".\"", "the name of a shape is lower case"),
    (
        "title = \"x\"\n[[rule]]\nfrom = \"GET /x\"\nabout = \"x\"\nrefuse = {code = \"no\", detail = \"x\"}",
        "refuse: there is no code no; there are paid-through-orders, ",
    ),
];

#[tokio::test]
async fn a_rule_that_cannot_be_followed_keeps_the_door_shut() {
    let house = House::open();
    let (clock, _) = Clock::manual(Timestamp::from_micros(0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let name = file.display().to_string();
    let open = || {
        let upstreams =
            vec![inventory(&house.issuer, &clock), bookings(&house.issuer, &clock), mirror(&house.issuer, &clock)];
        let settings = [("BOXOFFICE_GATEWAY_RULES", name.as_str())];
        door(upstreams, &house.issuer, &clock, Health::default(), &settings).map(drop)
    };
    assert!(open().unwrap_err().to_string().starts_with(&format!("{name}: cannot be read: ")));
    for (text, expected) in UNFIT {
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

/// Three numbers in pages.
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
#[expect(dead_code, reason = "only that it is known")]
pub struct Sorted {
    sort: Option<Order>,
}

/// What arrived, its body as it was written.
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
