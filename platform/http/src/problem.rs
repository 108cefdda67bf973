//! How a request is refused: problem details for HTTP APIs (RFC 9457).

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

/// One way in which a request can be refused. Codes are `const`, closed lists; clients may decide by [`Code::code`].
#[derive(Debug)]
pub struct Code {
    /// Its name in the answer and in docs/errors.md: lower case with hyphens, never changed.
    pub code: &'static str,
    /// The HTTP status it is sent with.
    pub status: u16,
    /// A short text, the same in every answer.
    pub title: &'static str,
    /// Markdown for docs/errors.md: when it happens and what the client can do.
    pub about: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Code {}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field as the client spelled it, such as `lines[0].quantity`; a parameter or header by its name.
    #[schema(examples("lines[0].quantity"))]
    pub field: String,
    /// `required`, `unknown`, `type`, `range`, `length`, `format`, or a word of the service that refused.
    #[schema(examples("range"))]
    pub code: Cow<'static, str>,
    /// What would have been right, for a person to read.
    #[schema(examples("lower than 1"))]
    pub message: String,
}

/// A refusal on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which of the closed list.
    pub code: &'static Code,
    /// What happened this time, for a person to read; shows nothing that the client may not know.
    pub detail: Cow<'static, str>,
    /// The fields that are to blame; empty when none is.
    pub errors: Vec<FieldError>,
    /// When a repetition is worth while; sent as whole seconds, rounded up.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A refusal without fields.
    pub fn new(code: &'static Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// [`codes::INVALID`], for one field.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(&codes::INVALID, "one field is wrong").with_field(field, code, message)
    }

    /// [`codes::INVALID`], for all of `errors`.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => Cow::Borrowed("one field is wrong"),
            count => Cow::Owned(format!("{count} fields are wrong")),
        };
        Self { errors, ..Self::new(&codes::INVALID, detail) }
    }

    /// [`codes::INTERNAL`]. Logs `cause`, which the client does not see; whoever calls this logs nothing more.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(&codes::INTERNAL, "the request could not be answered; the cause has been logged")
    }

    /// Adds a field that is to blame.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), code: code.into(), message: message.into() });
        self
    }

    /// Says when a repetition is worth while.
    #[must_use]
    pub fn with_retry_after(mut self, span: Duration) -> Self {
        self.retry_after = Some(span);
        self
    }
}

/// Marks a response as a refusal, so that the middleware can count it without reading the body.
#[derive(Clone, Copy)]
pub(crate) struct Refusal(pub &'static Code);

/// A problem as it is written and read.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct Document<'a> {
    /// A path of docs/errors.md: what this code means and what to do about it.
    #[serde(rename = "type")]
    #[schema(examples("/docs/errors#invalid"))]
    type_: String,
    /// A short text, the same for every problem of this code.
    title: &'a str,
    /// The HTTP status.
    #[schema(examples(400))]
    status: u16,
    /// What programs decide by.
    #[schema(examples("invalid"))]
    code: &'a str,
    /// What happened this time.
    detail: &'a str,
    /// The fields that are to blame; left out when none is.
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

/// docs/errors.md: every code of every owner, with a table to find it by.
pub fn errors_markdown(owners: &[(&str, &[&'static Code])]) -> String {
    let mut page = String::from(
        "# Errors\n\nA request that is refused is answered with `application/problem+json` (RFC 9457): `type`, `title`, \
         `status`,\n`code`, `detail` and, when fields are to blame, `errors` with `field`, `code` and `message` of each. \
         Programs\ndecide by `code`; `detail` and `message` are for people and may change.\n\n\
         | code | status | title | from |\n| --- | --- | --- | --- |\n",
    );
    let all = || owners.iter().flat_map(|(owner, codes)| codes.iter().map(move |code| (owner, code)));
    for (owner, Code { code, status, title, .. }) in all() {
        writeln!(page, "| [`{code}`](#{code}) | {status} | {title} | {owner} |").expect("a string takes all");
    }
    for (_, Code { code, status, title, about }) in all() {
        write!(page, "\n## {code}\n\n{status}, {title}.\n\n{}\n", about.trim()).expect("a string takes all");
    }
    page.push_str("\n## Codes of fields\n\n| code | meaning |\n| --- | --- |\n");
    for (code, meaning) in codes::field::ALL {
        writeln!(page, "| `{code}` | {meaning} |").expect("a string takes all");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_problem_is_written_as_rfc_9457_says() {
        let response = Problem::field("lines[0].quantity", codes::field::RANGE, "lower than 1").into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "type": "/docs/errors#invalid", "title": "Invalid request", "status": 400, "code": "invalid",
                "detail": "one field is wrong",
                "errors": [{"field": "lines[0].quantity", "code": "range", "message": "lower than 1"}],
            })
        );
    }

    #[test]
    fn statuses_bring_the_headers_that_belong_to_them() {
        let busy = Problem::new(&codes::BUSY, "full").with_retry_after(Duration::from_millis(1200)).into_response();
        assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &HeaderValue::from_static("2")));
        let stranger = Problem::new(&codes::UNAUTHORIZED, "no token").into_response();
        assert_eq!(stranger.headers()["www-authenticate"], "Bearer");
        assert!(!busy.headers().contains_key("www-authenticate") && !stranger.headers().contains_key("retry-after"));
    }

    #[test]
    fn the_page_lists_every_code_once_with_an_anchor() {
        let page = errors_markdown(&[("every service", codes::ALL)]);
        for code in codes::ALL {
            assert_eq!(page.matches(&format!("\n## {}\n", code.code)).count(), 1, "{}", code.code);
        }
    }

    #[test]
    fn the_schema_names_what_is_sent() {
        let schema = serde_json::to_value(Problem::schema()).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["type", "title", "status", "code", "detail"]));
        let mut schemas = Vec::new();
        Problem::schemas(&mut schemas);
        assert!(schemas.iter().any(|(name, _)| name == "FieldError"));
    }
}
