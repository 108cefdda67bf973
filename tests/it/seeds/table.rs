//! Every rule of the compatible paths: the required tokens, and the requests that are refused.

use axum::{
    body::Body,
    http::{Method, Request},
};
use boxoffice_gateway::rules::{BUILT_IN, Field, Kind, RuleText, Rules};
use serde_json::{Map, Value, json};

use super::{ANN, BOB, OLGA, OTTO};
use crate::{
    api::{
        fixture::{Fixture, assert_none, problem},
        openapi::{Document, Operation},
    },
    system::TestResponse,
};

/// A rule with the documented requirements of its canonical route.
struct Case {
    rule: RuleText,
    method: Method,
    /// The path with existing ids; a resource that belongs to a user belongs to ann.
    path: String,
    /// The scope that the canonical route requires.
    scope: Option<String>,
}

impl Case {
    fn all(fixture: &Fixture, document: &Document) -> Vec<Self> {
        let operations = document.operations();
        let rules = Rules::read(BUILT_IN, None).unwrap();
        let all: Vec<_> = rules.texts().map(|rule| Self::of(rule, fixture, &operations)).collect();
        assert!(all.len() >= 48, "{} rules are too few", all.len());
        all
    }

    fn of(rule: &RuleText, fixture: &Fixture, operations: &[Operation]) -> Self {
        let (method, path) = rule.from.split_once(' ').unwrap();
        let to = rule.to.as_deref().unwrap_or_default();
        let operation = operations.iter().find(|operation| operation.name() == to);
        let path = path.split('/').map(|segment| match segment.strip_prefix('{') {
            Some(brace) => value_of(brace.trim_end_matches('}'), rule, fixture),
            None => segment.to_owned(),
        });
        Self {
            method: method.parse().unwrap(),
            path: path.collect::<Vec<_>>().join("/"),
            scope: operation.and_then(|operation| operation.scope.clone()),
            rule: rule.clone(),
        }
    }

    /// A body with all fields of the rule.
    fn body(&self) -> Map<String, Value> {
        object(self.rule.body.iter().map(|(name, field)| (name.as_str(), field)))
    }

    fn parameters(&self, but: Option<(&str, &str)>) -> String {
        // Filters of lists are optional.
        let needed = self.rule.query.iter().filter(|_| !self.rule.list);
        let value = |field: &Field| if field.kind == Kind::Text { "CANCELLED" } else { "1" };
        let mut pairs: Vec<_> = needed.map(|(name, field)| (name.as_str(), value(field))).collect();
        if let Some((name, value)) = but {
            pairs.retain(|(known, _)| *known != name);
            pairs.push((name, value));
        }
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    async fn send(&self, fixture: &Fixture, token: Option<&str>, query: &str, body: &str) -> TestResponse {
        let request = Request::builder().method(self.method.clone()).uri(format!("{}{query}", self.path));
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        let request = request.header("content-type", "application/json").body(Body::from(body.to_owned()));
        fixture.system.send_request(request.unwrap()).await
    }

    async fn whole(&self, fixture: &Fixture, who: (&str, &str)) -> TestResponse {
        let body = if self.rule.body.is_empty() { String::new() } else { Value::from(self.body()).to_string() };
        self.send(fixture, Some(&fixture.system.token(who)), &self.parameters(None), &body).await
    }
}

/// The value of a path parameter: the id of a resource of ann.
fn value_of(brace: &str, rule: &RuleText, fixture: &Fixture) -> String {
    let to = rule.to.as_deref().unwrap_or_default();
    let named = rule.path.get(brace).and_then(|field| field.to.clone()).unwrap_or_else(|| brace.to_owned());
    match to.split('/').nth(3) {
        Some("notifications") if named == "id" => fixture.notification.clone(),
        Some("bookings" | "orders") if named == "id" => fixture.booking.clone(),
        _ => "1".to_owned(),
    }
}

/// The fields of an object, including those of the first item of each list.
fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a Field)> + Clone) -> Map<String, Value> {
    let own = fields.clone().filter(|(name, _)| !name.contains("[]."));
    own.map(|(name, field)| {
        let prefix = format!("{name}[].");
        let value = match field.kind {
            Kind::Text if name.contains("email") => json!("somebody@example.org"),
            Kind::Text if name.contains("date") => json!("2035-06-01T19:30:00Z"),
            Kind::Text => json!("a text"),
            Kind::Integer => json!(1),
            Kind::Decimal => json!(25.5),
            Kind::Boolean => json!(true),
            Kind::NumberText => json!("1"),
            Kind::List => {
                let inside = fields.clone().filter_map(|(name, field)| Some((name.strip_prefix(&prefix)?, field)));
                json!([object(inside.collect::<Vec<_>>().into_iter())])
            }
        };
        (name.to_owned(), value)
    })
    .collect()
}

/// Invalid values for a field of each kind.
fn wrong_values(kind: Kind) -> Vec<Value> {
    let all = [json!("1"), json!("x"), json!(1), json!(1.5), json!(true), json!([1]), json!({"a": 1}), json!("")];
    let fits = |value: &Value| match kind {
        Kind::Text => value.is_string(),
        Kind::Integer => value.is_i64(),
        Kind::Decimal => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::NumberText => *value == "1",
        Kind::List => false,
    };
    all.into_iter().filter(|value| !fits(value)).collect()
}

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
        let answer = case.whole(&fixture, ("stranger", poor)).await;
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
            let answer = case.whole(&fixture, who).await;
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
            let answer = case.whole(&fixture, OTTO).await;
            let head = with(Method::HEAD).whole(&fixture, OTTO).await;
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
