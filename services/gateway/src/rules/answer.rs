//! Translation of the canonical response to the client's.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use boxoffice_http::{FieldError, Problem, context::REQUEST_ID, problem};
use jaq_json::{Val, read};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    filter::json,
    request::{Translated, filled, input_value},
    rule::Rule,
};

/// Maximum size of a translated response, in bytes, in addition to eight times the original size.
const ALLOWANCE: usize = 64 * 1024;

/// Translates a response. Errors stay problems, with the field names of the client.
pub(crate) async fn translate_response(translated: &Translated, response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::internal("the response of a service ended early").into_response();
    };
    let is = |media_type: &str| head.headers.get(header::CONTENT_TYPE).is_some_and(|value| value == media_type);
    let body = if head.status.is_success() && is("application/json") {
        match shaped(translated, &body) {
            Ok(shaped) => shaped,
            Err(why) => {
                let failed =
                    Problem::internal(format!("the filter `answer` of {:?} failed: {why}", translated.rule.text.from));
                let id = head.headers.remove(REQUEST_ID).map(|id| [(REQUEST_ID, id)]);
                return (id, failed).into_response();
            }
        }
    } else if is(problem::MEDIA_TYPE) {
        refused(translated, &body).unwrap_or(body)
    } else {
        body
    };
    if head.status == StatusCode::CREATED {
        replace_location(&translated.rule, &mut head.headers);
    }
    replace_link(translated, &mut head.headers);
    if head.status != StatusCode::NO_CONTENT && head.status != StatusCode::NOT_MODIFIED {
        head.headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    Response::from_parts(head, if translated.head { Body::empty() } else { Body::from(body) })
}

/// Translates the body of a successful response. Not async, because values of filters are not `Send`.
fn shaped(translated: &Translated, body: &Bytes) -> Result<Bytes, String> {
    let Some(filter) = &translated.rule.answer else { return Ok(body.clone()) };
    let input = read::parse_single(body).map_err(|error| error.to_string())?;
    let output = filter.run(input, input_value(&translated.input))?;
    let most = body.len().saturating_mul(8).saturating_add(ALLOWANCE);
    json(&output, most, false).map(Bytes::from).map_err(|why| format!("{why:?}"))
}

/// A problem whose fields are renamed; other members are unchanged.
#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    code: String,
    detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

fn refused(translated: &Translated, body: &[u8]) -> Option<Bytes> {
    let mut document: Document = serde_json::from_slice(body).ok()?;
    let names = &translated.rule.names;
    let request_input = input_value(&translated.input);
    document.errors = names.translated(document.errors, |name| was_sent(&request_input, name));
    document.detail = names.reworded(&document.detail);
    serde_json::to_vec(&document).ok().map(Bytes::from)
}

fn was_sent(request_input: &Val, name: &str) -> bool {
    let part = |of: &Val, name: &str| match of {
        Val::Obj(members) => members.get(&Val::from(name.to_owned())).cloned().unwrap_or_default(),
        _ => Val::Null,
    };
    ["path", "query", "body"].iter().any(|at| !matches!(part(&part(request_input, at), name), Val::Null))
}

/// Replaces the header `Location` by the one of this API.
fn replace_location(rule: &Rule, headers: &mut axum::http::HeaderMap) {
    let Some(template) = &rule.text.location else { return };
    let Some(location) = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()) else { return };
    let id = location.rsplit('/').next().unwrap_or_default().to_owned();
    if let Ok(location) = HeaderValue::try_from(filled(template, |_| &id)) {
        headers.insert(header::LOCATION, location);
    }
}

/// Replaces the link to the next page: the path and the parameters of this request with the new cursor.
fn replace_link(translated: &Translated, headers: &mut axum::http::HeaderMap) {
    let Some(next) = headers.get(header::LINK).and_then(|value| value.to_str().ok()).and_then(next_cursor) else {
        return;
    };
    let others = form_urlencoded::parse(translated.uri.query().unwrap_or_default().as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(others.filter(|(name, _)| name != "cursor")).append_pair("cursor", &next).finish();
    // A URI may contain unescaped non-ASCII characters; a header value may not.
    let path: String = translated.uri.path().chars().filter(char::is_ascii).collect();
    if let Ok(link) = HeaderValue::try_from(format!(r#"<{path}?{query}>; rel="next""#)) {
        headers.insert(header::LINK, link);
    }
}

/// The cursor in a `Link` header to the next page (RFC 8288).
fn next_cursor(link: &str) -> Option<String> {
    let target = link.strip_suffix(r#">; rel="next""#)?.strip_prefix('<')?;
    let (_, query) = target.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cursor").map(|(_, cursor)| cursor.into_owned())
}
