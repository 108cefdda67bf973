use axum::{
    body::Body as Stream,
    extract::{FromRequest, Request},
};
use boxoffice_contracts::has_card_number;
use boxoffice_http::{
    Problem, codes,
    extract::{Body, read_body},
};
use serde_json::Value;
use uuid::Uuid;

use crate::error::CARD_DATA_REFUSED;

/// A body without card numbers in any of its texts. The check precedes all other parsing, so that no error, log or table
/// can contain a card number.
pub struct NoCardData<T>(pub Body<T>);

impl<S, T> FromRequest<S> for NoCardData<T>
where
    S: Send + Sync,
    Body<T>: FromRequest<S, Rejection = Problem>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let bytes = read_body(body).await?;
        if let Some(field) = card_in(&bytes) {
            let problem = Problem::new(&CARD_DATA_REFUSED, "a text in the body looks like a card number");
            return Err(problem.with_field(field, codes::field::FORMAT, "looks like a card number"));
        }
        Body::from_request(Request::from_parts(head, Stream::from(bytes)), state).await.map(Self)
    }
}

/// The path of the field whose text or name is a card number. A scan of the bytes clears most bodies; only a body that may
/// contain a card number, or hide one in escape sequences, is parsed.
fn card_in(json: &[u8]) -> Option<String> {
    if !has_card_number(json) && !json.contains(&b'\\') {
        return None;
    }
    card_at("", &serde_json::from_slice(json).ok()?)
}

fn card_at(at: &str, value: &Value) -> Option<String> {
    match value {
        // A UUID may consist of many digits.
        Value::String(text) => {
            (has_card_number(text.as_bytes()) && Uuid::parse_str(text).is_err()).then(|| at.to_owned())
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(n, item)| card_at(&format!("{at}[{n}]"), item)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match at {
            // The error names the enclosing field, because the name itself is a card number.
            _ if has_card_number(name.as_bytes()) => Some(at.to_owned()),
            "" => card_at(name, value),
            _ => card_at(&format!("{at}.{name}"), value),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_found_in_every_text() {
        for (body, field) in [
            (r#"{"paymentToken":"4242424242424242"}"#, "paymentToken"),
            (r#"{"lines":[{"note":"4242 4242 4242 4242"}]}"#, "lines[0].note"),
            (r#"{"paymentToken":"\u0034242424242424242"}"#, "paymentToken"),
            (r#"{"holdId":"4242-4242-4242-4242"}"#, "holdId"),
            (r#"{"lines":[{"4242424242424242":1}]}"#, "lines[0]"),
        ] {
            assert_eq!(card_in(body.as_bytes()).as_deref(), Some(field), "{body}");
        }
    }

    #[test]
    fn numbers_ids_and_adjacent_texts_are_no_card_numbers() {
        for body in [
            r#"{"lines":[{"ticketTypeId":4242424242424242,"quantity":2}]}"#,
            r#"{"holdId":"abcdef42-4242-4242-8242-424242abcdef"}"#,
            r#"["4242","4242","4242","4242"]"#,
            r#"{"paymentToken":"tok_\"ok"}"#,
            "42424242424242424",
        ] {
            assert_eq!(card_in(body.as_bytes()), None, "{body}");
        }
    }
}
