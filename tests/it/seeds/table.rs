//! Every rule of the compatible paths: the required tokens, and the requests that are refused.

use axum::http::Method;
use boxoffice_gateway::rules::{Field, Kind};
use serde_json::{Value, json};

use super::{
    ANN, BOB, OLGA, OTTO,
    case::{Case, wrong_values},
};
use crate::{
    api::{
        fixture::{Fixture, assert_none, problem},
        openapi::Document,
    },
    system::TestResponse,
};

fn first_field(answer: &TestResponse) -> &str {
    answer.body["errors"][0]["field"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn every_rule_requires_a_valid_token_and_its_scope() {
    let fixture = Fixture::open().await;
    let cases = Case::all(&fixture, &Document::of(&fixture.system).await);
    let (before, mut violations) = (fixture.contents().await, Vec::new());
    for case in &cases {
        let name = &case.rule.from;
        for (token, status) in [(None, 401), (Some("garbage"), 401)] {
            // The token is checked before the body is read.
            let answer = case.send(&fixture, token, "?nonsense=1", "{").await;
            violations.extend(problem(&answer, name));
            if answer.status != status {
                violations.push(format!("{name} with token {token:?}: {}", answer.status));
            }
        }
        let Some(scope) = &case.scope else { continue };
        let poor = if scope == "customer" { "organizer" } else { "customer" };
        let answer = case.request(&fixture, ("stranger", poor)).await;
        violations.extend(problem(&answer, name));
        // A resource without an owner is public, or its route requires a scope.
        if ![403, 404].contains(&answer.status.as_u16()) {
            violations.push(format!("{name} without {scope}: {} {}", answer.status, answer.body));
        }
    }
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn unknown_and_malformed_fields_are_refused_by_name() {
    let fixture = Fixture::open().await;
    let cases = Case::all(&fixture, &Document::of(&fixture.system).await);
    let everything = fixture.system.token(("olga", "customer organizer operator"));
    let (before, mut violations, mut count) = (fixture.contents().await, Vec::new(), 0);
    let mut check = |answer: &TestResponse, what: String, field: &str| {
        violations.extend(problem(answer, &what));
        if answer.status != 400 || first_field(answer) != field {
            violations.push(format!("{what}: {} {}, not of {field}", answer.status, answer.body));
        }
        count += 1;
    };
    for case in cases.iter().filter(|case| case.rule.to.is_some()) {
        let name = &case.rule.from;
        let body = Value::from(case.body()).to_string();
        let send = async |query: &str, body: &str| case.send(&fixture, Some(&everything), query, body).await;
        check(&send("?nonsense=1", &body).await, format!("{name}?nonsense"), "nonsense");
        for parameter in case.rule.query.iter().filter(|(_, field)| field.kind != Kind::Text).map(|(name, _)| name) {
            let query = case.parameters(Some((parameter, "x")));
            check(&send(&query, &body).await, format!("{name}{query}"), parameter);
        }
        if case.rule.list {
            check(&send("?limit=0", &body).await, format!("{name}?limit=0"), "limit");
        }
        if case.rule.body.is_empty() {
            continue;
        }
        for malformed in ["", "{", "[]", "\"text\"", "{\"a\":1}}"] {
            check(&send("", malformed).await, format!("{name} {malformed}"), "");
        }
        let mut unknown = case.body();
        unknown.insert("nonsense".into(), json!(1));
        check(&send("", &Value::from(unknown).to_string()).await, format!("{name} nonsense"), "nonsense");
        for (field, Field { kind, .. }) in &case.rule.body {
            let pointer = format!("/{}", field.replace("[].", "/0/"));
            for value in wrong_values(*kind) {
                let mut body = Value::from(case.body());
                *body.pointer_mut(&pointer).unwrap() = value.clone();
                let named = match (&value, kind) {
                    (Value::Array(_), Kind::List) => format!("{field}[0]"),
                    _ => field.replace("[].", "[0]."),
                };
                check(&send("", &body.to_string()).await, format!("{name} {field}={value}"), &named);
            }
        }
    }
    assert!(count > 150, "{count} responses are too few");
    assert_none(&violations);
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn path_parameters_are_refused_by_name() {
    let fixture = Fixture::open().await;
    let cases = Case::all(&fixture, &Document::of(&fixture.system).await);
    let everything = fixture.system.token(("olga", "customer organizer operator"));
    let mut violations = Vec::new();
    for case in cases.iter().filter(|case| case.rule.to.is_some()) {
        let template: Vec<&str> = case.rule.from.split_once(' ').unwrap().1.split('/').collect();
        for (at, name) in
            template.iter().enumerate().filter_map(|(at, part)| Some((at, part.strip_prefix('{')?.strip_suffix('}')?)))
        {
            for bad in ["x", "%00", "%FF", "1.5", "..."] {
                let mut path: Vec<&str> = case.path.split('/').collect();
                path[at] = bad;
                let case =
                    Case { path: path.join("/"), rule: case.rule.clone(), method: case.method.clone(), scope: None };
                let body = Value::from(case.body()).to_string();
                let answer = case.send(&fixture, Some(&everything), &case.parameters(None), &body).await;
                let what = format!("{} {}", case.method, case.path);
                violations.extend(problem(&answer, &what));
                let named = first_field(&answer) == name || bad == "%00" && answer.status == 400;
                if answer.status != 400 || !named {
                    violations.push(format!("{what}: {} {}, not of {name}", answer.status, answer.body));
                }
            }
        }
    }
    assert_none(&violations);
}

#[tokio::test]
async fn resources_of_others_are_not_found() {
    let fixture = Fixture::open().await;
    let cases = Case::all(&fixture, &Document::of(&fixture.system).await);
    let (before, mut violations, mut count) = (fixture.contents().await, Vec::new(), 0);
    let owned = ["users", "bookings", "orders", "notifications"];
    for case in &cases {
        let to = case.rule.to.as_deref().unwrap_or_default();
        if !to.contains("{id}") || !owned.iter().any(|noun| to.contains(&format!("/{noun}/{{id}}"))) {
            continue;
        }
        for who in [BOB, ("stranger", "customer")] {
            let answer = case.request(&fixture, who).await;
            let name = format!("{} by {who:?}", case.rule.from);
            if ![404, 403].contains(&answer.status.as_u16()) {
                violations.push(format!("{name}: {} {}", answer.status, answer.body));
            }
            violations.extend(problem(&answer, &name));
            count += 1;
        }
    }
    assert_none(&violations);
    assert!(count >= 16, "{count} responses are too few");
    assert_eq!(fixture.contents().await, before);
}

#[tokio::test]
async fn methods_head_requests_and_pages_follow_the_canonical_path() {
    let fixture = Fixture::open().await;
    let cases = Case::all(&fixture, &Document::of(&fixture.system).await);
    let everything = fixture.system.token(("olga", "customer organizer operator"));
    let mut violations = Vec::new();
    for case in &cases {
        let with = |method: Method| Case { method, path: case.path.clone(), rule: case.rule.clone(), scope: None };
        let refused = with("PURGE".parse().unwrap()).send(&fixture, Some(&everything), "", "").await;
        let allow = refused.headers.get("allow").map_or("", |value| value.to_str().unwrap());
        if refused.status != 405 || !allow.split(", ").any(|method| method == case.method.as_str()) {
            violations.push(format!("{}: {} {allow}", case.rule.from, refused.status));
        }
        if case.method == Method::GET {
            let answer = case.request(&fixture, OTTO).await;
            let head = with(Method::HEAD).request(&fixture, OTTO).await;
            let same = ["content-type", "content-length", "link"]
                .iter()
                .all(|name| head.headers.get(*name) == answer.headers.get(*name));
            if head.status != answer.status || !head.body.is_null() || !same || !allow.ends_with("HEAD") {
                violations
                    .push(format!("HEAD {}: {} {:?}, not {:?}", case.path, head.status, head.headers, answer.headers));
            }
        }
    }
    assert_none(&violations);
}

#[tokio::test]
async fn next_links_stay_on_the_compatible_path() {
    let fixture = Fixture::open().await;
    let system = &fixture.system;
    for path in ["/api/users?limit=1", "/api/users?limit=2"] {
        let (mut next, mut ids) = (path.to_owned(), Vec::new());
        loop {
            let answer = system.get(OTTO, &next).await;
            assert_eq!(answer.status, 200, "{next}: {}", answer.body);
            ids.extend(answer.body.as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()));
            let Some(link) = answer.headers.get("link") else { break };
            next =
                link.to_str().unwrap().strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap().to_owned();
            assert!(next.starts_with(&format!("{path}&cursor=")), "{next}");
        }
        assert_eq!(ids, [1, 2, 3], "{path}");
    }
}

/// Both paths share the idempotency keys of a caller.
#[tokio::test]
async fn an_idempotency_key_spans_both_paths() {
    let fixture = Fixture::open().await;
    let system = &fixture.system;
    let key = &[("idempotency-key", "one")][..];
    let pairs = [
        ("/api/v1/booking", json!({"userId": 1, "eventId": 1, "ticketCount": 2}), "bookingId"),
        ("/api/bookings", json!({"user_id": 1, "event_id": 1, "seats_booked": 2}), "id"),
    ];
    let canonical = json!({"lines": [{"eventId": 1, "quantity": 2}], "userId": 1});
    let first = system.send(ANN, Method::POST, "/api/v1/bookings", Some(&canonical), key).await;
    assert_eq!(first.status, 201, "{}", first.body);
    for (path, body, id) in pairs {
        let again = system.send(ANN, Method::POST, path, Some(&body), key).await;
        assert_eq!((again.status.as_u16(), &again.body[id]), (201, &first.body["id"]), "{path}: {}", again.body);
        assert_eq!(again.headers["idempotency-replayed"], "true", "{path}");
    }
    let other = system
        .send(ANN, Method::POST, "/api/bookings", Some(&json!({"user_id": 1, "event_id": 1, "seats_booked": 3})), key)
        .await;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (422, &json!("key-reused")));
    let other = system.send(OLGA, Method::POST, "/api/bookings", Some(&json!({})), key).await;
    assert_eq!(other.status, 400, "another caller's key is another key: {}", other.body);

    let order = json!({"customerId": "1", "items": [{"productId": "1", "quantity": 1}]});
    let canonical = json!({"userId": 1, "lines": [{"ticketTypeId": 1, "quantity": 1}]});
    let first = system.send(ANN, Method::POST, "/orders", Some(&order), key).await;
    let again = system.send(ANN, Method::POST, "/api/v1/orders", Some(&canonical), key).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (201, &first.body["orderId"]));
    assert_eq!(again.headers["idempotency-replayed"], "true");
}
