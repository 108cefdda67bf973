//! Completes the OpenAPI document of a service with the parts that follow from the shape of an operation.
//!
//! - Every operation has a `default` response for refusals that it does not list.
//! - Every documented error response has a [`Problem`](crate::Problem) as its body.
//! - An operation that reads a body can be refused with 413 and 415, one with a path parameter with 404, and so on. A
//!   handler documents only the refusals of its own, and its descriptions win.
//! - The header `Idempotency-Key` has the same limits everywhere.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OpenApi, RefOr, Type,
        path::{Operation, Parameter},
    },
};

use crate::{Code, Problem, codes, extract::MAX_KEY_LENGTH, problem};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Completes the responses and the `Idempotency-Key` of every operation of `api`, and its schemas of problems. Completing a
/// document again changes nothing.
pub fn complete_document(api: &mut OpenApi) {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    api.components.get_or_insert_default().schemas.extend(schemas);
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
    add_problem_bodies(operation);
    let other = || problem::response("The request was refused (RFC 9457)").into();
    operation.responses.responses.entry("default".to_owned()).or_insert_with(other);
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

/// Documents a problem as the body of every error response that has none.
fn add_problem_bodies(operation: &mut Operation) {
    for (status, documented) in &mut operation.responses.responses {
        if let RefOr::T(documented) = documented
            && status.starts_with(['4', '5'])
            && documented.content.is_empty()
        {
            *documented = problem::response(std::mem::take(&mut documented.description));
        }
    }
}

/// Documents that the operation can be refused with `codes`, which share one status.
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
        complete_document(&mut api);
        let operation = api.paths.paths[path].put.as_ref().unwrap();
        operation.responses.responses.keys().filter(|status| *status != "default").cloned().collect()
    }

    #[test]
    fn the_shape_of_an_operation_decides_its_refusals() {
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
    fn an_idempotency_key_documents_its_limits() {
        let mut operation =
            OperationBuilder::new().parameter(ParameterBuilder::new().name("Idempotency-Key").build()).build();
        complete(&mut operation, "/a");
        let json = serde_json::to_value(&operation).unwrap();
        let schema = &json["parameters"][0]["schema"];
        assert_eq!((&schema["minLength"], &schema["maxLength"]), (&1.into(), &MAX_KEY_LENGTH.into()));
    }

    #[test]
    fn the_description_of_a_handler_wins_and_gets_a_problem_as_its_body() {
        let own = OperationBuilder::new()
            .response("503", ResponseBuilder::new().description("closed for maintenance"))
            .security(SecurityRequirement::new("bearer", [""; 0]));
        let mut paths = Paths::new();
        paths.add_path_operation("/a", vec![HttpMethod::Put], own);
        let mut api = OpenApi::new(utoipa::openapi::Info::new("", ""), paths);
        complete_document(&mut api);
        let json = serde_json::to_value(&api).unwrap();
        assert_eq!(json.pointer("/paths/~1a/put/responses/503/description").unwrap(), "closed for maintenance");
        assert!(json.pointer("/paths/~1a/put/responses/default/content").is_some());
        assert!(json.pointer("/components/schemas/FieldError").is_some());
        let schema = "/paths/~1a/put/responses/503/content/application~1problem+json/schema/$ref";
        assert_eq!(json.pointer(schema).unwrap(), "#/components/schemas/Problem");
    }
}
