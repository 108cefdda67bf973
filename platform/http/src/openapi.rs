//! What every operation of its shape has in common, written into its document. Whoever takes a body refuses one that is
//! too large, and so on: a handler documents what only it refuses, and what it says itself is left as it is. The header
//! `Idempotency-Key` has the same limits everywhere.

use utoipa::openapi::{
    ObjectBuilder, OpenApi, RefOr, Type,
    path::{Operation, Parameter},
};

use crate::{Code, codes, extract::MAX_KEY_LENGTH, problem};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Completes every operation of `api`.
pub fn document_refusals(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            complete(operation, path);
        }
    }
}

fn complete(operation: &mut Operation, path: &str) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(key) = parameter
            && key.name == IDEMPOTENCY_KEY
        {
            let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[!-~]+$"));
            key.schema = Some(schema.min_length(Some(1)).max_length(Some(MAX_KEY_LENGTH)).into());
        }
    }
    let is = |parameter: &RefOr<Parameter>, name: &str| matches!(parameter, RefOr::T(one) if one.name == name);
    let has = |name: &str| operation.parameters.iter().flatten().any(|parameter| is(parameter, name));
    let (keyed, conditional) = (has(IDEMPOTENCY_KEY), has("If-Match"));
    let has_body = operation.request_body.is_some();
    let takes_something = has_body || operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let security = serde_json::to_value(&operation.security).unwrap_or_default();
    let first = security.pointer("/0/bearer").and_then(|scopes| scopes.as_array());
    for (applies, codes) in [
        (takes_something, &[&codes::INVALID][..]),
        (first.is_some(), &[&codes::UNAUTHORIZED]),
        (first.is_some_and(|scopes| !scopes.is_empty()), &[&codes::FORBIDDEN]),
        (path.contains('{'), &[&codes::NOT_FOUND]),
        (conditional, &[&codes::PRECONDITION_FAILED]),
        (has_body, &[&codes::TOO_LARGE]),
        (has_body, &[&codes::UNSUPPORTED_MEDIA_TYPE]),
        (keyed, &[&codes::KEY_REUSED]),
        (true, &[&codes::BUSY, &codes::UNAVAILABLE]),
    ] {
        if applies {
            add(operation, codes);
        }
    }
}

/// Says that the operation can be refused with `codes`, which have one status.
fn add(operation: &mut Operation, codes: &[&Code]) {
    let described = codes.iter().map(|code| format!("`{}`: {}", code.code, code.title)).collect::<Vec<_>>().join("; ");
    let known = &mut operation.responses.responses;
    known.entry(codes[0].status.to_string()).or_insert_with(|| problem::response(described).into());
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{
        HttpMethod, Paths, ResponseBuilder,
        path::{OperationBuilder, ParameterBuilder},
        request_body::RequestBody,
        security::SecurityRequirement,
    };

    use super::*;

    fn statuses(path: &str, operation: OperationBuilder) -> Vec<String> {
        let mut paths = Paths::new();
        paths.add_path_operation(path, vec![HttpMethod::Put], operation);
        let mut api = OpenApi::new(utoipa::openapi::Info::new("", ""), paths);
        document_refusals(&mut api);
        let operation = api.paths.paths[path].put.as_ref().unwrap();
        operation.responses.responses.keys().cloned().collect()
    }

    #[test]
    fn an_operation_is_refused_by_reason_of_its_shape() {
        let open = || OperationBuilder::new().security(SecurityRequirement::new("bearer", [""; 0]));
        assert_eq!(statuses("/a", open()), ["401", "503"]);
        let named = |name: &str| ParameterBuilder::new().name(name).build();
        let whole = OperationBuilder::new()
            .security(SecurityRequirement::new("bearer", ["operator"]))
            .parameter(named("If-Match"))
            .parameter(named("Idempotency-Key"))
            .request_body(Some(RequestBody::new()));
        let all = ["400", "401", "403", "404", "412", "413", "415", "422", "503"];
        assert_eq!(statuses("/a/{id}", whole), all);
    }

    #[test]
    fn a_request_key_has_the_limits_that_are_kept() {
        let mut operation =
            OperationBuilder::new().parameter(ParameterBuilder::new().name("Idempotency-Key").build()).build();
        complete(&mut operation, "/a");
        let shown = serde_json::to_value(&operation).unwrap();
        let schema = &shown["parameters"][0]["schema"];
        assert_eq!((&schema["minLength"], &schema["maxLength"]), (&1.into(), &MAX_KEY_LENGTH.into()));
    }

    #[test]
    fn what_a_handler_says_itself_is_left() {
        let own = OperationBuilder::new()
            .response("503", ResponseBuilder::new().description("closed on Sundays"))
            .security(SecurityRequirement::new("bearer", [""; 0]));
        let mut paths = Paths::new();
        paths.add_path_operation("/a", vec![HttpMethod::Put], own);
        let mut api = OpenApi::new(utoipa::openapi::Info::new("", ""), paths);
        document_refusals(&mut api);
        let shown = serde_json::to_value(&api).unwrap();
        assert_eq!(shown.pointer("/paths/~1a/put/responses/503/description").unwrap(), "closed on Sundays");
    }
}
