//! Message bodies without secrets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// The one field of a message body that could be used to pay.
const SECRET: &str = "paymentToken";

/// A message body whose payment token is replaced by `[redacted]`. All other values keep their exact JSON text, so that
/// no amount passes through a float.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(BTreeMap<String, Box<RawValue>>);

impl Redacted {
    /// Redacts the JSON object `body`. Any other text becomes an empty object.
    pub fn of(body: &str) -> Self {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(body).unwrap_or_default();
        if let Some(token) = fields.get_mut(SECRET) {
            *token = to_raw_value("[redacted]").expect("a string serializes to JSON");
        }
        Self(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_token_is_redacted_and_an_amount_keeps_its_text() {
        let redacted = |body: &str| serde_json::to_string(&Redacted::of(body)).unwrap();
        let body = r#"{"amount":100.00,"paymentToken":"tok_ok","lines":[{"quantity":2}]}"#;
        assert_eq!(redacted(body), r#"{"amount":100.00,"lines":[{"quantity":2}],"paymentToken":"[redacted]"}"#);
        assert_eq!(redacted(r#"{"amount":1}"#), r#"{"amount":1}"#);
        assert_eq!(redacted("no JSON"), "{}");
    }
}
