//! Problems of a body, with the fields as the client spells them.

use std::borrow::Cow;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, error::Category};
use serde_path_to_error::Segment;

use crate::{
    Problem,
    codes::{self, field},
    problem::FieldError,
};

/// Reads `T`. A valid body is parsed once; an invalid one is parsed again to find the invalid field.
pub(super) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Serde would accept an array for a struct, with its items as the fields.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'[') {
        return Err(Problem::new(&codes::INVALID, "the body does not fit: expected an object"));
    }
    let Ok(value) = serde_json::from_slice(bytes) else { return Err(json_problem::<T>(bytes)) };
    // JSON can contain U+0000 only as an escape; most bodies have no such escape.
    if bytes.windows(6).any(|window| window == br"\u0000") {
        refuse_nul(bytes)?;
    }
    Ok(value)
}

fn json_problem<T: DeserializeOwned>(bytes: &[u8]) -> Problem {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Problem::new(&codes::INVALID, "the body is empty; expected JSON");
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => Problem::new(&codes::INVALID, "the body is not JSON: text follows its end"),
        Err(error) if error.inner().classify() == Category::Data => {
            field_problem(joined(error.path()), &error.inner().to_string())
        }
        Err(error) if is_no_enum_text(error.inner(), bytes) => {
            field_problem(joined(error.path()), "invalid type: no text, expected enum of values")
        }
        Err(error) => Problem::new(&codes::INVALID, format!("the body is not JSON: {}", error.inner())),
    }
}

/// Whether the error means that an enum was expected and the value is no text: serde_json reports a syntax error then.
fn is_no_enum_text(error: &serde_json::Error, bytes: &[u8]) -> bool {
    error.to_string().starts_with("expected value at ") && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

fn joined(segments: &serde_path_to_error::Path) -> String {
    let mut path = String::new();
    for segment in segments {
        join(&mut path, segment);
    }
    path
}

fn join(path: &mut String, segment: &Segment) {
    match segment {
        Segment::Seq { index } => path.push_str(&format!("[{index}]")),
        Segment::Map { key } => join_name(path, key),
        // Clients do not write enum variants as fields, and a key that is no text has no name.
        Segment::Enum { .. } | Segment::Unknown => {}
    }
}

fn join_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Serde reports the kind of an error only in its message, so the start of the message tells it.
fn field_problem(mut path: String, message: &str) -> Problem {
    // serde_json ends its messages with a line and column; the path is more useful.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').nth(1);
    let (code, text): (_, Cow<'_, str>) = if let Some(name) = named("missing field ") {
        join_name(&mut path, name);
        (field::REQUIRED, "is required".into())
    } else if let Some(name) = named("duplicate field ") {
        join_name(&mut path, name);
        (field::FORMAT, "occurs twice".into())
    } else if let Some(name) = named("unknown field ") {
        // For flattened and tagged types serde reads ahead, and the path ends before the field.
        if path.rsplit(['.', ']']).next() != Some(name) {
            join_name(&mut path, name);
        }
        let known = message.rsplit_once(", expected ").map_or("none", |(_, known)| known);
        (field::UNKNOWN, format!("is unknown; the known ones are {}", words(known)).into())
    } else if let Some((_, expected)) = split(message, "invalid type: ") {
        (field::TYPE, format!("expected {}", json_type(expected)).into())
    } else if let Some((value, expected)) = split(message, "invalid value: ") {
        let number = value.starts_with("integer") || value.starts_with("floating point");
        (if number { field::RANGE } else { field::FORMAT }, format!("expected {}", json_type(expected)).into())
    } else if let Some((_, expected)) = split(message, "invalid length ") {
        (field::LENGTH, format!("expected {expected}").into())
    } else if let Some((_, known)) = split(message, "unknown variant ") {
        (field::FORMAT, format!("expected one of {}", words(known)).into())
    } else {
        (field::FORMAT, message.into())
    };
    if path.is_empty() {
        return Problem::new(&codes::INVALID, format!("the body does not fit: {text}"));
    }
    Problem::field(path, code, text)
}

/// The actual and the expected value of a message that begins with `prefix`.
fn split<'a>(message: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    message.strip_prefix(prefix)?.rsplit_once(", expected ")
}

/// The values in "one of `a`, `b`, `c`", "`a` or `b`" and "`a`".
fn words(known: &str) -> String {
    known.trim_start_matches("one of ").replace("` or `", ", ").replace('`', "")
}

/// Converts serde's name of an expected Rust type to the name of the JSON type.
fn json_type(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "an array",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other if other.starts_with("enum ") || other.starts_with("string or map") => "one of the known values",
        other => other,
    }
}

/// The problem for all violated rules of garde.
pub(super) fn rule_errors(report: &garde::Report) -> Problem {
    let errors = report.iter().map(|(path, error)| FieldError {
        field: camel_case(&path.to_string()),
        code: rule(error.message()).into(),
        message: error.message().to_owned(),
    });
    Problem::fields(errors.collect())
}

/// The code of a field for a message of garde. A message of a service's own rule has the code for a format.
fn rule(message: &str) -> &'static str {
    if message.starts_with("length is ") {
        field::LENGTH
    } else if message.starts_with("lower than ") || message.starts_with("greater than ") {
        field::RANGE
    } else if message == "not set" {
        field::REQUIRED
    } else {
        field::FORMAT
    }
}

fn camel_case(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut chars = path.chars().peekable();
    while let Some(char) = chars.next() {
        match chars.peek() {
            Some(next) if char == '_' && next.is_ascii_lowercase() => {
                camel.push(next.to_ascii_uppercase());
                chars.next();
            }
            _ => camel.push(char),
        }
    }
    camel
}

fn refuse_nul(bytes: &[u8]) -> Result<(), Problem> {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return Ok(()) };
    match nul(&value, String::new()) {
        Some(path) if path.is_empty() => Err(Problem::new(&codes::INVALID, "the body contains the character U+0000")),
        Some(path) => Err(Problem::field(path, field::FORMAT, "contains the character U+0000")),
        None => Ok(()),
    }
}

/// The path of the first text that contains U+0000, at or below `path`.
fn nul(value: &Value, path: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| nul(item, format!("{path}[{at}]"))),
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            let mut path = path.clone();
            join_name(&mut path, name);
            if name.contains('\0') { Some(path) } else { nul(item, path) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use garde::Validate;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Seat,
        Area,
    }

    #[derive(Deserialize, Validate, Debug)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[garde(allow_unvalidated)]
    struct Line {
        #[garde(range(min = 1, max = 100))]
        quantity: u32,
        ticket_type: Option<uuid::Uuid>,
        kind: Option<Kind>,
    }

    #[derive(Deserialize, Validate, Debug)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Order {
        #[garde(length(min = 1, max = 20), dive)]
        order_lines: Vec<Line>,
        #[garde(length(chars, max = 5))]
        #[serde(default)]
        ship_to: String,
    }

    fn field_of(body: &str) -> (String, String, String) {
        let problem = read_json::<Order>(body.as_bytes()).unwrap_err();
        let [FieldError { field, code, message }] = problem.errors.try_into().unwrap();
        (field, code.into_owned(), message)
    }

    #[test]
    fn a_wrong_type_is_named_as_the_client_spells_the_field() {
        for (body, field, code, message) in [
            ("{}", "orderLines", "required", "is required"),
            (r#"{"orderLines":[{}]}"#, "orderLines[0].quantity", "required", "is required"),
            (
                r#"{"orderLines":[{"quantity":1},{"quantity":"2"}]}"#,
                "orderLines[1].quantity",
                "type",
                "expected a whole number, not negative",
            ),
            (
                r#"{"orderLines":[{"quantity":-1}]}"#,
                "orderLines[0].quantity",
                "range",
                "expected a whole number, not negative",
            ),
            (
                r#"{"orderLines":[{"quantity":1,"price":3}]}"#,
                "orderLines[0].price",
                "unknown",
                "is unknown; the known ones are quantity, ticketType, kind",
            ),
            (r#"{"orderLines":{}}"#, "orderLines", "type", "expected an array"),
            (r#"{"orderLines":[7]}"#, "orderLines[0]", "type", "expected an object"),
            (r#"{"orderLines":[],"orderLines":[]}"#, "orderLines", "format", "occurs twice"),
            (r#"{"orderLines":[{"kind":"sofa"}]}"#, "orderLines[0].kind", "format", "expected one of seat, area"),
            (r#"{"orderLines":[{"kind":7}]}"#, "orderLines[0].kind", "type", "expected one of the known values"),
            (r#"{"orderLines":[],"shipTo":"a\u0000"}"#, "shipTo", "format", "contains the character U+0000"),
        ] {
            assert_eq!(field_of(body), (field.to_owned(), code.to_owned(), message.to_owned()), "{body}");
        }
        let right: Order = read_json(br#"{"orderLines":[{"quantity":1,"kind":"area"}]}"#).unwrap();
        assert!(matches!(right.order_lines[..], [Line { kind: Some(Kind::Area), ticket_type: None, .. }]));
        let (field, code, _) = field_of(r#"{"orderLines":[{"ticketType":"7"}]}"#);
        assert_eq!((&*field, &*code), ("orderLines[0].ticketType", "format"));
    }

    #[test]
    fn malformed_json_is_refused_with_its_position() {
        for (body, detail) in [
            ("", "the body is empty; expected JSON"),
            ("{", "the body is not JSON: EOF while parsing an object at line 1 column 1"),
            (r#"{"orderLines":[]} x"#, "the body is not JSON: text follows its end"),
            ("[1]", "the body does not fit: expected an object"),
        ] {
            let problem = read_json::<Order>(body.as_bytes()).unwrap_err();
            assert_eq!((&*problem.detail, problem.errors.len()), (detail, 0), "{body}");
        }
    }

    #[test]
    fn every_violated_rule_is_reported() {
        let order: Order =
            read_json(br#"{"orderLines":[{"quantity":0},{"quantity":101}],"shipTo":"far away"}"#).unwrap();
        let problem = rule_errors(&order.validate().unwrap_err());
        let errors: Vec<_> = problem.errors.iter().map(|error| (&*error.field, &*error.code)).collect();
        assert_eq!(
            errors,
            [("orderLines[0].quantity", "range"), ("orderLines[1].quantity", "range"), ("shipTo", "length")]
        );
    }
}
