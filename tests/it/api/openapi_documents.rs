//! The published OpenAPI documents are valid and document every status.

use std::collections::BTreeSet;

use boxoffice::SERVICES;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::fixture::assert_none;
use crate::system::System;

/// Every document that is served, by its path.
async fn documents(system: &System) -> Vec<(String, Value)> {
    let names = SERVICES.iter().map(|service| service.name).chain(["operator"]);
    let paths = names.map(|name| format!("/docs/{name}/openapi.json")).chain(["/api/v1/openapi.json".to_owned()]);
    let mut documents = Vec::new();
    for path in paths {
        let answer = system.get(("ann", ""), &path).await;
        assert_eq!(answer.status, 200, "{path}");
        documents.push((path, answer.body));
    }
    documents
}

/// The unchanged schema of the OpenAPI Initiative (2022-10-07, Apache-2.0).
fn official() -> Validator {
    let schema: Value = serde_json::from_str(include_str!("../../openapi/3.1.json")).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Whether a value is valid by a schema of `document`.
fn misfits(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    // References in the schema name components of the document, so the components are added to the schema.
    let whole = json!({"allOf": [schema], "components": document["components"]});
    let schema = jsonschema::draft202012::new(&whole).unwrap_or_else(|error| panic!("{schema}: {error}"));
    schema.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

#[tokio::test]
async fn the_documents_are_valid_openapi_3_1() {
    let system = System::start().await;
    let official = official();
    let mut violations = Vec::new();
    for (path, mut document) in documents(&system).await {
        violations.extend(
            official.iter_errors(&document).map(|error| format!("{path}: {error} at {}", error.instance_path())),
        );
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
                violations.push(format!("{path}: {name}: {error}"));
            }
        }
        document["paths"]["/api/v1/nothing"] = json!({"get": {"responses": []}});
        assert!(!official.is_valid(&document), "the schema lets everything pass");
    }
    assert_none(&violations);
}

/// The examples of a media type: its own, those of its schema, or those of the items of a list.
fn examples(document: &Value, media: &Value) -> Vec<Value> {
    let named = media["examples"].as_object().into_iter().flat_map(|named| named.values());
    let own = named.map(|example| example["value"].clone()).chain(media.get("example").cloned());
    let schema = resolved(document, &media["schema"]);
    let of_schema = schema.get("example").cloned().into_iter();
    let of_schema = of_schema.chain(schema["examples"].as_array().cloned().into_iter().flatten());
    let items = resolved(document, &schema["items"]);
    let of_items = items.get("example").map(|example| json!([example]));
    own.chain(of_schema).chain(of_items).collect()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(schema, |pointer| resolved(document, document.pointer(pointer).unwrap()))
}

/// Missing parts of the documentation of an operation.
fn lacks(document: &Value, operation: &Value) -> Vec<String> {
    let mut lacks = Vec::new();
    let mut must = |is_so: bool, what: String| {
        if !is_so {
            lacks.push(what);
        }
    };
    for words in ["summary", "description", "operationId"] {
        must(operation[words].as_str().is_some_and(|text| !text.trim().is_empty()), format!("no {words}"));
    }
    must(operation["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "no tags".to_owned());
    must(operation["security"].is_array(), "no security".to_owned());
    if let Some(body) = operation.get("requestBody") {
        check(document, &body["content"]["application/json"], "the body", &mut must);
    }
    let answers = operation["responses"].as_object().unwrap();
    must(answers.keys().any(|status| status.starts_with('2')), "no status of success".to_owned());
    for status in ["401", "503"] {
        must(answers.contains_key(status), format!("no {status}"));
    }
    for (status, answer) in answers {
        must(answer["description"].as_str().is_some_and(|text| !text.is_empty()), format!("{status} is not described"));
        let is_refusal = status.starts_with(['4', '5']) || status == "default";
        let media_type = if is_refusal { "application/problem+json" } else { "application/json" };
        let content = answer["content"].as_object();
        match content.and_then(|content| content.get(media_type)) {
            Some(media) => check(document, media, status, &mut must),
            None if content.is_none() && (status == "204" || status == "304") => {}
            None => must(false, format!("{status} has no {media_type}")),
        }
        let is_problem = answer["content"][media_type]["schema"] == json!({"$ref": "#/components/schemas/Problem"});
        must(!is_refusal || is_problem, format!("{status} is no Problem"));
    }
    lacks
}

/// Records a violation unless the content has an example and all examples are valid by its schema.
fn check(document: &Value, media: &Value, place: &str, must: &mut impl FnMut(bool, String)) {
    let examples = examples(document, media);
    must(!examples.is_empty(), format!("{place} has no example"));
    for example in examples {
        let misfits = misfits(document, &media["schema"], &example);
        must(misfits.is_empty(), format!("an example of {place} does not fit: {misfits:?}"));
    }
}

#[tokio::test]
async fn every_operation_is_fully_documented() {
    let system = System::start().await;
    let (mut violations, mut count) = (BTreeSet::new(), 0);
    for (path, document) in documents(&system).await {
        for field in ["title", "version", "description"] {
            assert!(document["info"][field].is_string(), "{path}: no {field}");
        }
        for (route, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                count += 1;
                let lacks = lacks(&document, operation);
                violations.extend(lacks.into_iter().map(|what| format!("{method} {route}: {what}")));
            }
        }
    }
    assert!(count > 80, "{count} operations are too few");
    assert_none(&violations.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn gaps_in_the_documentation_are_found() {
    let system = System::start().await;
    let (_, document) = documents(&system).await.pop().unwrap();
    let whole = &document["paths"]["/api/v1/bookings"]["post"];
    let without = |change: &dyn Fn(&mut Value)| {
        let mut operation = whole.clone();
        change(&mut operation);
        lacks(&document, &operation).len()
    };
    let before = lacks(&document, whole).len();
    for change in [
        &(|operation: &mut Value| operation["summary"] = json!("")) as &dyn Fn(&mut Value),
        &|operation| operation["security"] = Value::Null,
        &|operation| operation["tags"] = json!([]),
        &|operation| operation["responses"]["201"]["content"] = json!({}),
        &|operation| operation["responses"]["401"]["content"]["application/problem+json"]["schema"] = json!({}),
        &|operation| operation["responses"]["201"]["content"]["application/json"]["example"] = json!(7),
        &|operation| operation["requestBody"]["content"]["application/json"]["example"] = json!({"lines": "none"}),
    ] {
        assert!(without(change) > before, "it lacks as much as before");
    }
}
