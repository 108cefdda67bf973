mod refusals;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use boxoffice_http::{Code, Problem};
use boxoffice_identity::Scope;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::Upstream;

type Object = Map<String, Value>;

/// Version of the API. It follows the paths, not the releases of the program.
const VERSION: &str = "1.0.0";

/// Markdown about all operations: tokens, errors, idempotency keys, lists and limits.
const USING: &str = include_str!("using.md");

/// The served OpenAPI documents, as JSON.
pub(crate) struct Documents {
    /// The document of all services together.
    pub merged: Bytes,
    /// The document of each service, by name.
    pub each: Vec<(&'static str, Bytes)>,
}

/// An OpenAPI 3.1 document. Parts that are only passed on stay JSON, so that they lose nothing.
#[derive(Serialize)]
struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    tags: Vec<Value>,
    paths: Object,
    /// Components by kind, such as `schemas`, and name.
    components: BTreeMap<String, Object>,
    security: Value,
}

impl Documents {
    /// Builds the documents. `codes` are all error codes, for the examples of error responses.
    pub fn of(upstreams: &[Upstream], codes: &[&'static Code]) -> Self {
        let list = upstreams.iter().map(|upstream| format!("- {}: {}\n", upstream.name, upstream.about));
        let about = format!("The HTTP API of the ticket booking platform.\n\n{}", list.collect::<String>());
        let mut merged = Document::new("Boxoffice API", &about);
        let mut each = Vec::new();
        for upstream in upstreams {
            let document = Document::of(upstream, codes);
            each.push((upstream.name, document.bytes()));
            merged.merge(document, upstream.name);
        }
        Self { merged: merged.bytes(), each }
    }
}

impl Document {
    fn new(title: &str, about: &str) -> Self {
        Self {
            openapi: "3.1.0",
            info: json!({"title": title, "version": VERSION, "description": format!("{about}\n{USING}")}),
            servers: json!([{"url": "/", "description": "The server of this document"}]),
            tags: Vec::new(),
            paths: Object::new(),
            components: BTreeMap::from([
                ("schemas".to_owned(), problem_schemas()),
                ("securitySchemes".to_owned(), security_schemes()),
            ]),
            security: json!([{"bearer": []}, {"oauth2": []}]),
        }
    }

    /// The document of one service, with the parts that all documents share.
    fn of(upstream: &Upstream, codes: &[&'static Code]) -> Self {
        let mut document = Self::new(&format!("{} Service API", capitalized(upstream.name)), upstream.about);
        let mut source = serde_json::to_value(&upstream.api).expect("an OpenAPI document is JSON");
        document.paths = object(source["paths"].take());
        for (kind, components) in object(source["components"].take()) {
            document.components.entry(kind).or_default().extend(object(components));
        }
        let mut used = BTreeSet::new();
        for (path, item) in &mut document.paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                if let Some(operation) = operation.as_object_mut() {
                    complete(operation, method, path, upstream.name);
                    refusals::exemplify(&mut operation["responses"], codes);
                    used.extend(operation["tags"].as_array().into_iter().flatten().filter_map(tag_name));
                }
            }
        }
        let described = source["tags"].take().as_array().cloned().unwrap_or_default();
        used.retain(|tag| !described.iter().any(|known| known["name"] == *tag));
        document.tags = described;
        document.tags.extend(used.into_iter().map(|tag| json!({"name": tag, "description": upstream.about})));
        document
    }

    /// Adds the paths and components of `other`. A component whose name is taken by a different one gets the name of its
    /// service as a prefix.
    fn merge(&mut self, other: Self, service: &str) {
        let mut moved = BTreeMap::new();
        for (kind, components) in &other.components {
            let known = self.components.entry(kind.clone()).or_default();
            for (name, component) in components {
                if known.get(name).is_some_and(|taken| taken != component) {
                    let to = format!("{}{name}", capitalized(service));
                    moved.insert(format!("#/components/{kind}/{name}"), (format!("#/components/{kind}/{to}"), to));
                }
            }
        }
        for (kind, components) in other.components {
            for (name, mut component) in components {
                rename_references(&mut component, &moved);
                let name = moved.get(&format!("#/components/{kind}/{name}")).map_or(name, |(_, to)| to.clone());
                self.components.entry(kind.clone()).or_default().insert(name, component);
            }
        }
        for (path, mut item) in other.paths {
            rename_references(&mut item, &moved);
            let known = self.paths.entry(path).or_insert_with(|| json!({}));
            known.as_object_mut().expect("a path item is an object").extend(object(item));
        }
        let is_new = |tag: &Value, tags: &[Value]| tags.iter().all(|known| known["name"] != tag["name"]);
        for tag in other.tags {
            if is_new(&tag, &self.tags) {
                self.tags.push(tag);
            }
        }
    }

    fn bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("a document is JSON").into()
    }
}

/// Completes an operation: a unique `operationId`, a tag, and the second security scheme.
fn complete(operation: &mut Object, method: &str, path: &str, service: &str) {
    let words = path.trim_start_matches("/api/v1").split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = std::iter::once(method).chain(words.filter(|word| !word.is_empty())).collect();
    operation.insert("operationId".to_owned(), words.join("_").into());
    operation.entry("tags").or_insert_with(|| json!([service]));
    if let Some(ways) = operation.get_mut("security").and_then(Value::as_array_mut) {
        let further: Vec<_> = ways.iter().filter_map(|way| Some(json!({"oauth2": way.get("bearer")?}))).collect();
        ways.extend(further);
    }
}

/// The schemas of problems, which every operation may send.
fn problem_schemas() -> Object {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    schemas.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).expect("a schema is JSON"))).collect()
}

fn security_schemes() -> Object {
    let about = |scope| match scope {
        Scope::Customer => "Buy tickets and read your own bookings",
        Scope::Organizer => "Manage the events of your organizers",
        Scope::Operator => "do everything, for anyone",
    };
    let scopes: Object = Scope::ALL.map(|scope| (scope.to_string(), about(scope).into())).into_iter().collect();
    object(json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A token of `POST /oauth2/token`, or of `boxoffice token --subject NAME --scope SCOPE` on the same \
                machine. Its scope determines what it may do.",
        },
        "oauth2": {
            "type": "oauth2",
            "description": "Client credentials: the client's id and secret are in the file that the program names when it \
                starts, `data/identity/client.json` by default.",
            // A relative URL is correct under every address of the gateway.
            "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": scopes}},
        },
    }))
}

/// Replaces the references to the renamed components in `moved`.
fn rename_references(value: &mut Value, moved: &BTreeMap<String, (String, String)>) {
    match value {
        Value::String(text) => {
            if let Some((reference, _)) = moved.get(text) {
                text.clone_from(reference);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename_references(value, moved)),
        Value::Object(fields) => fields.values_mut().for_each(|value| rename_references(value, moved)),
        _ => {}
    }
}

fn object(value: Value) -> Object {
    if let Value::Object(object) = value { object } else { Object::new() }
}

fn tag_name(tag: &Value) -> Option<String> {
    tag.as_str().map(str::to_owned)
}

fn capitalized(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_ascii_uppercase() + rest
}
