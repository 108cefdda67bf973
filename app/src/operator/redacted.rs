use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// What nobody reads who only looks into a message: it could be used to pay.
const SECRET: &str = "paymentToken";

/// The body of a message for people to read. Its values are as they were written: no amount passes through a float.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(BTreeMap<String, Box<RawValue>>);

impl Redacted {
    /// Of the JSON object `body`; empty when it is none.
    pub fn of(body: &str) -> Self {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(body).unwrap_or_default();
        if let Some(token) = fields.get_mut(SECRET) {
            *token = to_raw_value("[redacted]").expect("a text is JSON");
        }
        Self(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_hidden_and_an_amount_is_as_it_was() {
        let shown = |body: &str| serde_json::to_string(&Redacted::of(body)).unwrap();
        let body = r#"{"amount":100.00,"paymentToken":"tok_ok","lines":[{"quantity":2}]}"#;
        assert_eq!(shown(body), r#"{"amount":100.00,"lines":[{"quantity":2}],"paymentToken":"[redacted]"}"#);
        assert_eq!(shown(r#"{"amount":1}"#), r#"{"amount":1}"#);
        assert_eq!(shown("no JSON"), "{}");
    }
}
