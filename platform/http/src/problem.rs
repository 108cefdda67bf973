//! Problem details for HTTP APIs (RFC 9457): the body of every error response.

use std::{borrow::Cow, fmt, fmt::Write, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Schema},
};

use crate::codes;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The stable code of one kind of error. Codes are constants in closed lists; clients branch on [`Code::code`].
#[derive(Debug)]
pub struct Code {
    /// The code in the response and in docs/errors.md: lower case with hyphens, stable.
    pub code: &'static str,
    /// The HTTP status of the response.
    pub status: u16,
    /// A short summary, the same in every response with this code.
    pub title: &'static str,
    /// Markdown for docs/errors.md: the cause, then what the client does next.
    pub about: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Code {}

/// An error in one field, parameter or header of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The path of the field in the request, such as `lines[0].quantity`, or the name of the parameter or header.
    #[schema(examples("lines[0].quantity"))]
    pub field: String,
    /// `required`, `unknown`, `type`, `range`, `length`, `format`, or a code of the service.
    #[schema(examples("range"))]
    pub code: Cow<'static, str>,
    /// A human-readable text with the expected value, which may change.
    #[schema(examples("lower than 1"))]
    pub message: String,
}

/// An error response: a code with the details of one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The code that clients branch on.
    pub code: &'static Code,
    /// A human-readable text about this occurrence. It contains only what the client may know.
    pub detail: Cow<'static, str>,
    /// The invalid fields; empty if the error concerns no field.
    pub errors: Vec<FieldError>,
    /// The value of `Retry-After`, sent as whole seconds, rounded up. `None` omits the header.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem without invalid fields.
    pub fn new(code: &'static Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// [`codes::INVALID`] with one invalid field.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(&codes::INVALID, "one field is invalid").with_field(field, code, message)
    }

    /// [`codes::INVALID`] with the invalid fields `errors`.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => Cow::Borrowed("one field is invalid"),
            count => Cow::Owned(format!("{count} fields are invalid")),
        };
        Self { errors, ..Self::new(&codes::INVALID, detail) }
    }

    /// [`codes::INTERNAL`]. Logs `cause`, which the response does not contain; the caller does not log it again.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(&codes::INTERNAL, "the request failed; the server logged the cause")
    }

    /// Adds an invalid field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), code: code.into(), message: message.into() });
        self
    }

    /// Sets the value of `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, span: Duration) -> Self {
        self.retry_after = Some(span);
        self
    }
}

/// An extension of an error response, so that the middleware counts it without reading the body.
#[derive(Clone, Copy)]
pub(crate) struct Refusal(pub &'static Code);

/// The JSON body of a problem.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct Document<'a> {
    /// The path of the documentation of this code.
    #[serde(rename = "type")]
    #[schema(examples("/docs/errors#invalid"))]
    type_: String,
    /// A short summary, the same for every problem with this code.
    title: &'a str,
    /// The HTTP status of the response.
    #[schema(examples(400))]
    status: u16,
    /// The stable code that programs branch on.
    #[schema(examples("invalid"))]
    code: &'a str,
    /// A human-readable text about this occurrence.
    detail: &'a str,
    /// The invalid fields; omitted if the error concerns no field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            type_: format!("/docs/errors#{}", self.code.code),
            title: self.code.title,
            status: self.code.status,
            code: self.code.code,
            detail: &self.detail,
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&document).expect("a problem is a plain structure");
        let status = StatusCode::from_u16(self.code.status).expect("a code's status is an HTTP status");
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(Refusal(self.code));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(span) = self.retry_after {
            let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.max(1).into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.code, self.detail)?;
        self.errors.iter().try_for_each(|error| write!(f, "; {}: {}", error.field, error.message))
    }
}

impl std::error::Error for Problem {}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Document::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Document::schemas(schemas);
    }
}

/// The OpenAPI response with a problem as its body.
pub(crate) fn response(description: impl Into<String>) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
}

/// The text of docs/errors.md: a table of the codes of all owners, then a section for each code.
pub fn errors_markdown(owners: &[(&str, &[&'static Code])]) -> String {
    let mut page = String::from(
        "# Errors\n\nThe body of an error response is `application/problem+json` (RFC 9457) with `type`, `title`, `status`,\n\
         `code` and `detail`. If fields are invalid, `errors` lists `field`, `code` and `message` of each. Branch on \
         `code`:\nit is stable. `detail` and `message` are human-readable texts that may change.\n\n\
         | code | status | title | from |\n| --- | --- | --- | --- |\n",
    );
    let all = || owners.iter().flat_map(|(owner, codes)| codes.iter().map(move |code| (owner, code)));
    for (owner, Code { code, status, title, .. }) in all() {
        writeln!(page, "| [`{code}`](#{code}) | {status} | {title} | {owner} |").expect("a string takes all");
    }
    for (_, Code { code, status, title, about }) in all() {
        write!(page, "\n## {code}\n\n{status}, {title}.\n\n{}\n", about.trim()).expect("a string takes all");
    }
    page.push_str("\n## Field error codes\n\n| code | meaning |\n| --- | --- |\n");
    for (code, meaning) in codes::field::ALL {
        writeln!(page, "| `{code}` | {meaning} |").expect("a string takes all");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_body_of_a_problem_follows_rfc_9457() {
        let response = Problem::field("lines[0].quantity", codes::field::RANGE, "lower than 1").into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "type": "/docs/errors#invalid", "title": "Invalid request", "status": 400, "code": "invalid",
                "detail": "one field is invalid",
                "errors": [{"field": "lines[0].quantity", "code": "range", "message": "lower than 1"}],
            })
        );
    }

    #[test]
    fn retry_after_and_www_authenticate_accompany_their_statuses() {
        let busy = Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_millis(1200)).into_response();
        assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &HeaderValue::from_static("2")));
        let anonymous = Problem::new(&codes::UNAUTHORIZED, "no token").into_response();
        assert_eq!(anonymous.headers()["www-authenticate"], "Bearer");
        assert!(!busy.headers().contains_key("www-authenticate") && !anonymous.headers().contains_key("retry-after"));
    }

    #[test]
    fn the_page_has_one_section_for_each_code() {
        let page = errors_markdown(&[("every service", codes::ALL)]);
        for code in codes::ALL {
            assert_eq!(page.matches(&format!("\n## {}\n", code.code)).count(), 1, "{}", code.code);
        }
    }

    #[test]
    fn the_schema_has_the_members_of_the_body() {
        let schema = serde_json::to_value(Problem::schema()).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["type", "title", "status", "code", "detail"]));
        let mut schemas = Vec::new();
        Problem::schemas(&mut schemas);
        assert!(schemas.iter().any(|(name, _)| name == "FieldError"));
    }
}
