//! Error responses: problem details for HTTP APIs (RFC 9457).

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

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error code. Codes are `const` values in closed lists; clients may branch on [`Code::code`].
#[derive(Debug)]
pub struct Code {
    /// Name in responses and in docs/errors.md: lower case with hyphens. It never changes.
    pub code: &'static str,
    /// HTTP status of the response.
    pub status: u16,
    /// Short text, the same in every response with this code.
    pub title: &'static str,
    /// Markdown for docs/errors.md: the cause, and what the client can do.
    pub about: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Code {}

/// An invalid field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field as the client spells it, such as `lines[0].quantity`, or the name of a parameter or header.
    #[schema(examples("lines[0].quantity"))]
    pub field: String,
    /// `required`, `unknown`, `type`, `range`, `length`, `format`, or a code of the service.
    #[schema(examples("range"))]
    pub code: Cow<'static, str>,
    /// The expected value, for people.
    #[schema(examples("lower than 1"))]
    pub message: String,
}

/// An error response with its code, detail and invalid fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The error code, with status and title.
    pub code: &'static Code,
    /// Description of this occurrence, for people. It reveals nothing that the client may not know.
    pub detail: Cow<'static, str>,
    /// The invalid fields; empty when no field is the cause.
    pub errors: Vec<FieldError>,
    /// Delay before a retry, sent as `Retry-After` in whole seconds, rounded up; `None` when a retry is useless.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem without invalid fields.
    pub fn new(code: &'static Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// A problem with [`codes::INVALID`] for one field.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(&codes::INVALID, "one field is invalid").with_field(field, code, message)
    }

    /// A problem with [`codes::INVALID`] for several fields.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => Cow::Borrowed("one field is invalid"),
            count => Cow::Owned(format!("{count} fields are invalid")),
        };
        Self { errors, ..Self::new(&codes::INVALID, detail) }
    }

    /// A problem with [`codes::INTERNAL`]. Logs `cause`, which the response does not contain; callers need not log it.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(&codes::INTERNAL, "the request failed; the cause is logged")
    }

    /// Adds an invalid field.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), code: code.into(), message: message.into() });
        self
    }

    /// Sets the delay before a retry.
    #[must_use]
    pub fn with_retry_after(mut self, span: Duration) -> Self {
        self.retry_after = Some(span);
        self
    }
}

/// Marks a response as a problem, so that the middleware counts it without reading the body.
#[derive(Clone, Copy)]
pub(crate) struct Refusal(pub &'static Code);

/// The JSON of a problem.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct Document<'a> {
    /// URL of the documentation of this code.
    #[serde(rename = "type")]
    #[schema(examples("/docs/errors#invalid"))]
    type_: String,
    /// Short text, the same for every problem with this code.
    title: &'a str,
    /// HTTP status of the response.
    #[schema(examples(400))]
    status: u16,
    /// The error code. Programs branch on it.
    #[schema(examples("invalid"))]
    code: &'a str,
    /// Description of this occurrence, for people.
    detail: &'a str,
    /// The invalid fields; absent when no field is the cause.
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

/// The response with a problem in an OpenAPI document.
pub(crate) fn response(description: impl Into<String>) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
}

/// The page docs/errors.md: a table and a section for each code of each owner.
pub fn errors_markdown(owners: &[(&str, &[&'static Code])]) -> String {
    let mut page = String::from(
        "# Errors\n\nError responses have the media type `application/problem+json` (RFC 9457), with `type`, `title`, \
         `status`,\n`code`, `detail` and, for invalid fields, `errors` with `field`, `code` and `message` of each. \
         Branch on\n`code`; `detail` and `message` are for people and may change.\n\n\
         | code | status | title | service |\n| --- | --- | --- | --- |\n",
    );
    let all = || owners.iter().flat_map(|(owner, codes)| codes.iter().map(move |code| (owner, code)));
    for (owner, Code { code, status, title, .. }) in all() {
        writeln!(page, "| [`{code}`](#{code}) | {status} | {title} | {owner} |")
            .expect("writing to a string cannot fail");
    }
    for (_, Code { code, status, title, about }) in all() {
        write!(page, "\n## {code}\n\n{status}, {title}.\n\n{}\n", about.trim())
            .expect("writing to a string cannot fail");
    }
    page.push_str("\n## Codes of fields\n\n| code | meaning |\n| --- | --- |\n");
    for (code, meaning) in codes::field::ALL {
        writeln!(page, "| `{code}` | {meaning} |").expect("writing to a string cannot fail");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_problem_has_the_form_of_rfc_9457() {
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
    fn retries_and_authentication_have_their_headers() {
        let busy = Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_millis(1200)).into_response();
        assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &HeaderValue::from_static("2")));
        let unauthorized = Problem::new(&codes::UNAUTHORIZED, "no token").into_response();
        assert_eq!(unauthorized.headers()["www-authenticate"], "Bearer");
        assert!(
            !busy.headers().contains_key("www-authenticate") && !unauthorized.headers().contains_key("retry-after")
        );
    }

    #[test]
    fn the_page_lists_every_code_once_with_an_anchor() {
        let page = errors_markdown(&[("every service", codes::ALL)]);
        for code in codes::ALL {
            assert_eq!(page.matches(&format!("\n## {}\n", code.code)).count(), 1, "{}", code.code);
        }
    }

    #[test]
    fn the_schema_matches_the_response() {
        let schema = serde_json::to_value(Problem::schema()).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["type", "title", "status", "code", "detail"]));
        let mut schemas = Vec::new();
        Problem::schemas(&mut schemas);
        assert!(schemas.iter().any(|(name, _)| name == "FieldError"));
    }
}
