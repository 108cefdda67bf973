//! Translation of the client's request to the canonical one.

use std::sync::Arc;

use axum::{
    body::Body as Stream,
    extract::{FromRequest, Request},
    http::{HeaderValue, Method, Uri, header},
};
use boxoffice_http::{
    Problem, codes,
    extract::{Body, MAX_BODY_BYTES},
};
use form_urlencoded::Serializer;
use garde::Validate;
use jaq_json::{Val, read};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    fields::{self, object},
    file::Field,
    filter::{Unfit, json},
    load::Found,
    rule::{Rule, Target},
};

/// A translated request, with the data that the translation of its response needs.
pub struct Translated {
    /// The rule of the request.
    pub rule: Arc<Rule>,
    /// Path and query of the client's request.
    pub uri: Uri,
    /// Whether it is a HEAD request, whose response has no body.
    pub head: bool,
    /// The input of the request filter, as JSON.
    pub input: Vec<u8>,
}

/// A JSON body, which the rule validates.
#[derive(Deserialize, Validate)]
#[serde(transparent)]
#[garde(allow_unvalidated)]
struct Anything(Box<RawValue>);

/// Replaces `request` by its canonical request. The body has the limits of every body.
///
/// # Errors
/// 400 with all undeclared fields and wrong types; the refusals of [`Body`]; the problem of a rule that refuses.
pub(crate) async fn translate_request(found: Found, request: &mut Request) -> Result<Translated, Problem> {
    let Found { rule, path } = found;
    let (method, template) = match &rule.target {
        Target::Canonical { method, path } => (method.clone(), path),
        Target::Refused(problem) => return Err(problem.clone()),
    };
    let body = if rule.body.is_empty() { None } else { Some(read_body(request).await?) };
    let Canonical { query, body, input } =
        canonical(&rule, &path, request.uri().query().unwrap_or_default(), body.as_deref())?;
    let asked =
        Translated { uri: request.uri().clone(), head: request.method() == Method::HEAD, input, rule: rule.clone() };

    let target = filled(template, |name| {
        let named = rule.named_in_path(name);
        path.iter().find(|(client, _)| Some(client.as_str()) == named).map_or("", |(_, text)| text)
    });
    *request.uri_mut() = Uri::try_from(format!("{target}{query}")).map_err(Problem::internal)?;
    *request.method_mut() = method;
    let headers = request.headers_mut();
    for (name, value) in &rule.headers {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
    if let Some(body) = &body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    *request.body_mut() = body.map_or_else(Stream::empty, Stream::from);
    Ok(asked)
}

async fn read_body(request: &mut Request) -> Result<Box<RawValue>, Problem> {
    let mut alone = Request::new(std::mem::take(request.body_mut()));
    if let Some(media_type) = request.headers().get(header::CONTENT_TYPE) {
        alone.headers_mut().insert(header::CONTENT_TYPE, media_type.clone());
    }
    let Anything(json) = Body::<Anything>::from_request(alone, &()).await?.into_inner();
    Ok(json)
}

/// The parts of a canonical request besides its path.
struct Canonical {
    /// The query with its question mark; empty without a query.
    query: String,
    /// The JSON body; `None` without a body.
    body: Option<Vec<u8>>,
    /// The input of the filter, as JSON.
    input: Vec<u8>,
}

/// Runs the request filter. Not async, because values of filters are not `Send`.
fn canonical(
    rule: &Rule,
    path: &[(String, String)],
    query: &str,
    body: Option<&RawValue>,
) -> Result<Canonical, Problem> {
    let path = path.iter().map(|(name, text)| Ok((name.clone(), decoded(name, text)?)));
    let path = fields::parameters(&rule.path, path.collect::<Result<Vec<_>, Problem>>()?.into_iter())?;
    let sent = form_urlencoded::parse(query.as_bytes());
    let sent: Vec<(String, String)> = sent.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let query = fields::parameters(&rule.query, sent.iter().cloned())?;
    let body = body.map(|json| fields::body(&rule.body, json)).transpose()?.unwrap_or_default();
    let input = object([("path".into(), path), ("query".into(), query), ("body".into(), body)]);

    let value_of = |name: &str| sent.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.clone());
    let (mut pairs, mut made) = (Vec::new(), None);
    if let Some(filter) = &rule.request {
        let output = filter.run(input.clone(), input.clone());
        let output = output.map_err(|why| broken(rule, &why))?;
        if let Some(Val::Obj(query)) = member(&output, "query") {
            let query = query.iter().filter(|(_, value)| !matches!(value, Val::Null));
            pairs.extend(query.map(|(name, value)| (plain(name), plain(value))));
        }
        let body = member(&output, "body").map(|body| json(&body, MAX_BODY_BYTES, true));
        made = body.transpose().map_err(|why| unfit(rule, why))?;
    } else {
        let declared = rule.text.query.iter();
        let named =
            |(name, field): (&String, &Field)| Some((field.to.as_ref().unwrap_or(name).clone(), value_of(name)?));
        pairs.extend(declared.filter_map(named));
    }
    if rule.text.list {
        pairs.extend(["limit", "cursor"].iter().filter_map(|name| Some(((*name).to_owned(), value_of(name)?))));
    }
    let input = json(&input, usize::MAX, false).map_err(|why| unfit(rule, why))?;
    Ok(Canonical { query: query_string(&pairs), body: made, input })
}

fn broken(rule: &Rule, why: &str) -> Problem {
    Problem::internal(format!("the filter `request` of {:?} failed: {why}", rule.text.from))
}

fn unfit(rule: &Rule, why: Unfit) -> Problem {
    match why {
        Unfit::TooLarge => {
            Problem::new(&codes::TOO_LARGE, format!("the canonical body is larger than {MAX_BODY_BYTES} bytes"))
        }
        Unfit::NoJson => broken(rule, "the output is not JSON"),
    }
}

fn query_string(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    format!("?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// A member of an object; `None` if it is missing or null.
fn member(value: &Val, name: &str) -> Option<Val> {
    let Val::Obj(members) = value else { return None };
    members.get(&Val::from(name.to_owned())).filter(|value| !matches!(value, Val::Null)).cloned()
}

/// A text without quotes; any other value as JSON.
fn plain(value: &Val) -> String {
    match value {
        Val::TStr(text) => String::from_utf8_lossy(text).into_owned(),
        other => other.to_string(),
    }
}

/// Fills in the parameters of a path template.
pub fn filled<'a>(template: &str, of: impl Fn(&str) -> &'a str) -> String {
    let segments = template.split('/').map(|segment| {
        let brace = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        brace.map_or_else(|| segment.to_owned(), |name| of(name).to_owned())
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Decodes one percent-encoded path segment.
fn decoded(name: &str, segment: &str) -> Result<String, Problem> {
    // A plus is literal in a path, but the decoder of forms reads it as a space.
    let escaped = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    let value = form_urlencoded::parse(format!("v={escaped}").as_bytes()).next().map(|(_, value)| value.into_owned());
    let value = value.unwrap_or_default();
    if value.contains(char::REPLACEMENT_CHARACTER) || value.contains('\0') {
        return Err(Problem::field(name, codes::field::FORMAT, "is malformed"));
    }
    Ok(value)
}

/// The input of the request filter, for the response filter.
pub fn input_value(input: &[u8]) -> Val {
    read::parse_single(input).unwrap_or_default()
}
