//! The published OpenAPI document: its operations, examples and schemas.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::system::System;

/// The merged document of all services.
pub struct Document(Value);

/// An operation of the document, such as `POST /api/v1/bookings`.
pub struct Operation {
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: String,
    /// The required scope; `None` when any token suffices.
    pub scope: Option<String>,
    /// The schema of the JSON body; `None` for an operation without a body.
    pub body: Option<Value>,
    /// The parameters as documented.
    pub parameters: Vec<Value>,
    responses: Value,
}

impl Document {
    pub async fn of(system: &System) -> Self {
        let document = system.get(("ann", ""), "/api/v1/openapi.json").await.body;
        assert_eq!(document["openapi"], "3.1.0");
        Self(document)
    }

    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| Operation::of(method, path, operation))
        });
        let all: Vec<_> = all.collect();
        assert!(all.len() > 30, "the document has {} operations only", all.len());
        all
    }

    /// A body that the document gives as an example.
    pub fn example(&self, schema: &Value) -> Value {
        self.resolved(schema).get("example").cloned().unwrap_or_else(|| json!({}))
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        let found = self.0.pointer(reference.strip_prefix('#').unwrap());
        self.resolved(found.unwrap_or_else(|| panic!("{reference} leads nowhere")))
    }

    /// The schema of the object that `schema` allows beside null.
    fn object<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = self.resolved(schema);
        let either = schema["oneOf"].as_array().and_then(|ways| ways.iter().find(|way| way["type"] != "null"));
        either.map_or(schema, |way| self.resolved(way))
    }

    /// JSON pointers to all fields of a body, including those of the first item of each list.
    pub fn fields(&self, schema: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.collect(schema, "", &mut found);
        found
    }

    fn collect(&self, schema: &Value, at: &str, found: &mut Vec<String>) {
        let schema = self.object(schema);
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            found.push(at.clone());
            let field = self.object(field);
            let (at, inside) = if field["items"].is_null() { (at, field) } else { (at + "/0", &field["items"]) };
            if !self.object(inside)["properties"].is_null() {
                self.collect(inside, &at, found);
            }
        }
    }

    /// Whether the field of a body at `pointer` may be null.
    pub fn is_nullable(&self, schema: &Value, pointer: &str) -> bool {
        let steps = pointer.trim_start_matches('/').split('/');
        let field = steps.fold(schema, |schema, step| {
            let inside = self.object(schema);
            if step == "0" { &inside["items"] } else { &inside["properties"][step] }
        });
        self.misfit(field, &Value::Null, pointer).is_none()
    }

    /// The first difference between `value` and `schema` in field names or JSON types; `None` if it matches.
    pub fn misfit(&self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let schema = self.resolved(schema);
        if let Some(ways) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            let misfits: Vec<_> = ways.iter().map(|way| self.misfit(way, value, at)).collect();
            return if misfits.contains(&None) { None } else { misfits.into_iter().flatten().next() };
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().find_map(|part| self.misfit(part, value, at));
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => return None,
        };
        if !types.iter().any(|kind| is_a(kind, value)) {
            return Some(format!("{at}: {value} is not {types:?}"));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            return Some(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(n, item)| self.misfit(&schema["items"], item, &format!("{at}[{n}]"))),
            Value::Object(fields) => self.misfit_of_object(schema, fields, at),
            _ => None,
        }
    }

    fn misfit_of_object(&self, schema: &Value, fields: &Map<String, Value>, at: &str) -> Option<String> {
        let known = schema["properties"].as_object()?;
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let missing = required.into_iter().find(|name| !fields.contains_key(*name));
        if let Some(missing) = missing {
            return Some(format!("{at}.{missing} is missing"));
        }
        fields.iter().find_map(|(name, value)| match known.get(name) {
            Some(schema) => self.misfit(schema, value, &format!("{at}.{name}")),
            None => Some(format!("{at}.{name} is not documented")),
        })
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type of JSON: {other}"),
    }
}

impl Operation {
    fn of(method: &str, path: &str, operation: &Value) -> Self {
        let security = operation["security"].as_array().unwrap_or_else(|| panic!("{method} {path} names no security"));
        let scope = security[0]["bearer"].as_array().unwrap().first();
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        Self {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            scope: scope.map(|scope| scope.as_str().unwrap().to_owned()),
            body: body.cloned(),
            parameters: operation["parameters"].as_array().cloned().unwrap_or_default(),
            responses: operation["responses"].clone(),
        }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The names in the braces of the path, with their schemas.
    pub fn path_parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        let of_path = self.parameters.iter().filter(|parameter| parameter["in"] == "path");
        of_path.map(|parameter| (parameter["name"].as_str().unwrap(), &parameter["schema"]))
    }

    /// The path with a value for each parameter.
    pub fn filled(&self, with: impl Fn(&str) -> String) -> String {
        let names = self.path_parameters();
        names.fold(self.path.clone(), |path, (name, _)| path.replace(&format!("{{{name}}}"), &with(name)))
    }

    /// The documented schema of the response with this status, null for a response without a body; `None` if undocumented.
    pub fn answer(&self, status: u16) -> Option<&Value> {
        let answer = self.responses.get(status.to_string())?;
        Some(answer.pointer("/content/application~1json/schema").unwrap_or(&Value::Null))
    }
}
