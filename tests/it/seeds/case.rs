//! A request for each rule of the compatible paths.

use axum::{
    body::Body,
    http::{Method, Request},
};
use boxoffice_gateway::rules::{BUILT_IN, Field, Kind, RuleText, Rules};
use serde_json::{Map, Value, json};

use crate::{
    api::{
        fixture::Fixture,
        openapi::{Document, Operation},
    },
    system::TestResponse,
};

/// A rule with the documented requirements of its canonical route.
pub struct Case {
    pub rule: RuleText,
    pub method: Method,
    /// The path with existing ids; a resource that belongs to a user belongs to ann.
    pub path: String,
    /// The scope that the canonical route requires.
    pub scope: Option<String>,
}

impl Case {
    pub fn all(fixture: &Fixture, document: &Document) -> Vec<Self> {
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
    pub fn body(&self) -> Map<String, Value> {
        object(self.rule.body.iter().map(|(name, field)| (name.as_str(), field)))
    }

    pub fn parameters(&self, but: Option<(&str, &str)>) -> String {
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

    pub async fn send(&self, fixture: &Fixture, token: Option<&str>, query: &str, body: &str) -> TestResponse {
        let request = Request::builder().method(self.method.clone()).uri(format!("{}{query}", self.path));
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        let request = request.header("content-type", "application/json").body(Body::from(body.to_owned()));
        fixture.system.send_request(request.unwrap()).await
    }

    pub async fn request(&self, fixture: &Fixture, who: (&str, &str)) -> TestResponse {
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
pub fn wrong_values(kind: Kind) -> Vec<Value> {
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
