use axum::{
    body::Body as Stream,
    extract::{FromRequest, Request},
};
use boxoffice_chassis::{
    Problem, codes,
    extract::{Body, LARGEST_BODY},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use uuid::Uuid;

use crate::{domain::has_card_number, error::CARD_DATA_REFUSED};

/// A body without card numbers in any of its texts. It is looked at before anything else reads it, so that no error, log
/// or table can come to hold one.
pub struct CardFree<T>(pub Body<T>);

impl<S, T> FromRequest<S> for CardFree<T>
where
    S: Send + Sync,
    Body<T>: FromRequest<S, Rejection = Problem>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let bytes = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(Problem::new(&codes::TOO_LARGE, format!("the body is larger than {LARGEST_BODY} bytes")));
            }
            Err(_) => return Err(Problem::new(&codes::INVALID, "the body ended before it was complete")),
        };
        if has_card(&bytes) {
            return Err(Problem::new(&CARD_DATA_REFUSED, "a text of the body looks like a card number"));
        }
        Body::from_request(Request::from_parts(head, Stream::from(bytes)), state).await.map(Self)
    }
}

/// Most bodies are done with by one look at their bytes. Only where these may hold a card number, or hide one behind
/// escapes, the texts are read one by one.
fn has_card(json: &[u8]) -> bool {
    if !has_card_number(json) && !json.contains(&b'\\') {
        return false;
    }
    serde_json::from_slice(json).is_ok_and(|value: Value| value_has_card(&value))
}

fn value_has_card(value: &Value) -> bool {
    match value {
        // An id may happen to have many digits.
        Value::String(text) => has_card_number(text.as_bytes()) && Uuid::parse_str(text).is_err(),
        Value::Array(items) => items.iter().any(value_has_card),
        Value::Object(fields) => fields.values().any(value_has_card),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_found_wherever_it_stands() {
        for body in [
            r#"{"paymentToken":"4242424242424242"}"#,
            r#"{"lines":[{"note":"4242 4242 4242 4242"}]}"#,
            r#"{"paymentToken":"\u0034242424242424242"}"#,
            r#"{"holdId":"4242-4242-4242-4242"}"#,
        ] {
            assert!(has_card(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn numbers_ids_and_neighboring_texts_are_none() {
        for body in [
            r#"{"lines":[{"ticketTypeId":4242424242424242,"quantity":2}]}"#,
            r#"{"holdId":"abcdef42-4242-4242-8242-424242abcdef"}"#,
            r#"["4242","4242","4242","4242"]"#,
            r#"{"paymentToken":"tok_\"ok"}"#,
            "42424242424242424",
        ] {
            assert!(!has_card(body.as_bytes()), "{body}");
        }
    }
}
